//! The functions that a member calls: those of its program, and the anonymous ones that it was
//! sent, so that a large one travels once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use runtime::javascript::{self, Anonymous, FunctionError, Name};

use super::native::{Native, Natives};
use super::{Function, message};
use crate::limits;

/// The functions that can be called here.
#[derive(Debug, Default)]
pub(super) struct Functions {
    natives: Natives,
    /// Those that were used last, the newest in front.
    kept: Mutex<VecDeque<Anonymous>>,
}

/// A function that is here.
#[derive(Debug)]
pub(super) enum Found {
    Script(javascript::Function),
    Native(Native),
}

/// Why there is no such function.
#[derive(Debug, thiserror::Error)]
pub(super) enum FindError {
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error("the program of this node has registered no function `{name}`")]
    Native { name: String },
}

impl Functions {
    pub(super) fn new(natives: Natives) -> Self {
        Self { natives, kept: Mutex::default() }
    }

    /// The function that `sent` means; none when it came as an id that is not known here.
    pub(super) fn find(&self, sent: message::Function) -> Result<Option<Found>, FindError> {
        let script = match sent {
            message::Function::Native { name } => {
                let native = self.natives.get(&name).cloned();
                return native.map(Found::Native).map(Some).ok_or(FindError::Native { name });
            }
            message::Function::Named { name } => {
                Some(javascript::Function::Named(Name::new(&name)?))
            }
            message::Function::Anonymous { source, captured } => {
                let function = Anonymous::from_text(&source, &captured)?;
                if is_kept(&function) {
                    self.keep(function.clone());
                }
                Some(javascript::Function::Anonymous(function))
            }
            message::Function::Known { id } => self.known(&id).map(javascript::Function::Anonymous),
        };
        Ok(script.map(Found::Script))
    }

    fn known(&self, id: &[u8; 32]) -> Option<Anonymous> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|function| function.id().as_bytes() == id)?;
        let function = kept.remove(place)?;
        kept.push_front(function.clone());
        Some(function)
    }

    fn keep(&self, function: Anonymous) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.id() != function.id());
        kept.push_front(function);
        let mut bytes = 0;
        let fits = kept.iter().take(limits::FUNCTIONS_KEPT).take_while(|function| {
            bytes += size(function);
            bytes <= limits::FUNCTIONS_BYTES_KEPT
        });
        let fit = fits.count();
        kept.truncate(fit.max(1));
    }
}

/// How a function is first sent: by its id when it is large.
pub(super) fn short(function: &Function) -> message::Function {
    match function {
        Function::Script(javascript::Function::Anonymous(function)) if is_kept(function) => {
            message::Function::Known { id: *function.id().as_bytes() }
        }
        function => whole(function),
    }
}

/// A function with all that is needed to call it.
pub(super) fn whole(function: &Function) -> message::Function {
    match function {
        Function::Native(name) => message::Function::Native { name: name.as_str().to_owned() },
        Function::Script(javascript::Function::Named(name)) => {
            message::Function::Named { name: name.as_str().to_owned() }
        }
        Function::Script(javascript::Function::Anonymous(function)) => {
            message::Function::Anonymous {
                source: function.source().to_owned(),
                captured: function.captured().to_owned(),
            }
        }
    }
}

fn is_kept(function: &Anonymous) -> bool {
    size(function) > limits::FUNCTION_BYTES_SENT
}

fn size(function: &Anonymous) -> usize {
    function.source().len() + function.captured().len()
}

#[cfg(test)]
mod tests;
