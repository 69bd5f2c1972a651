//! The anonymous functions that a context has compiled.

use std::collections::BTreeMap;

use rquickjs::{Function, Persistent};

use super::function::FunctionId;
use crate::limits::JAVASCRIPT_FUNCTIONS_KEPT;

/// Compiled functions by their id; the one used longest ago makes room for a new one.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    functions: BTreeMap<FunctionId, Entry>,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    function: Persistent<Function<'static>>,
    last_use: u64,
}

impl Compiled {
    pub(super) fn get(&mut self, id: FunctionId) -> Option<Persistent<Function<'static>>> {
        self.uses += 1;
        let entry = self.functions.get_mut(&id)?;
        entry.last_use = self.uses;
        Some(entry.function.clone())
    }

    pub(super) fn keep(&mut self, id: FunctionId, function: Persistent<Function<'static>>) {
        if self.functions.len() >= JAVASCRIPT_FUNCTIONS_KEPT {
            let oldest = self.functions.iter().min_by_key(|(_, entry)| entry.last_use);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                self.functions.remove(&id);
            }
        }
        self.uses += 1;
        self.functions.insert(id, Entry { function, last_use: self.uses });
    }
}
