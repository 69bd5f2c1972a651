//! Loads a patch: runs its source and makes what it defines global.
//!
//! A script runs in a block of its own, so that `const f` of one patch can replace that of another;
//! what it defines at its top level is published on the global object afterwards. A module gets
//! the same, and its exports besides.

use rquickjs::{Module, Object};

use super::error::{BrokenLimit, CallError, Thrown};
use super::patches::Patch;
use super::session::{Failure, Session};
use super::shared::Halt;
use super::{source, thrown};
use crate::limits::JAVASCRIPT_PATCHES_MS_MAX;

/// The name under which a source finds the function that publishes, while it is loaded.
const PUBLISH: &str = "__thorp_publish__";

/// Stands before a script: opens its block.
const OPEN: &str = "{";

impl Session<'_, '_> {
    /// Loads one patch.
    pub(super) fn load(&self, number: usize, patch: &Patch) -> Result<(), CallError> {
        let publish = self.tool_itself("publish");
        let loaded = self
            .checked(publish.and_then(|publish| self.ctx.globals().set(PUBLISH, publish)))
            .and_then(|()| self.load_source(&patch.name, &patch.source))
            .and_then(|()| self.checked(self.ctx.globals().remove(PUBLISH)));
        loaded.map_err(|failure| {
            if matches!(failure, Failure::Halted(Halt::Time)) {
                return BrokenLimit::LoadTime.into();
            }
            let name = patch.name.to_string();
            self.error(failure, JAVASCRIPT_PATCHES_MS_MAX, |source| CallError::Patch {
                number,
                name,
                source: Box::new(source),
            })
        })
    }

    /// Loads a source as what it seems to be, and when its grammar is broken, as the other: nothing
    /// of it has run then.
    fn load_source(&self, name: &str, source: &str) -> Result<(), Failure> {
        let epilogue = self.epilogue(source)?;
        let as_module = || self.load_module(name, source, &epilogue);
        let as_script = || self.load_script(name, source, &epilogue);
        if source::seems_module(source) {
            return or_else(as_module, as_script);
        }
        if source.contains("await") { or_else(as_script, as_module) } else { as_script() }
    }

    fn load_script(&self, name: &str, source: &str, epilogue: &str) -> Result<(), Failure> {
        let script = format!("{OPEN}{source}\n;{epilogue}}}");
        match self.checked(self.script(name, script, false)) {
            Ok(_) => self.run_jobs(),
            Err(failure) => Err(located(failure, name, OPEN.len())),
        }
    }

    fn load_module(&self, name: &str, source: &str, epilogue: &str) -> Result<(), Failure> {
        let text = format!("{source}\n;{epilogue}");
        let declared = Module::declare(self.ctx.clone(), name, text);
        let declared = self.checked(declared).map_err(|failure| located(failure, name, 0))?;
        let (module, promise) = self.checked(declared.eval())?;
        self.settled(promise.into_value())?;
        let exports: Object<'_> = self.checked(module.namespace())?;
        self.checked(self.tool("publishExports", (exports,)))
    }

    /// Statements that publish what the source before them defines.
    fn epilogue(&self, source: &str) -> Result<String, Failure> {
        let mut text = String::new();
        for name in source::candidates(source) {
            let is_name = name.is_ascii() || self.checked(self.tool::<bool>("isName", (name,)))?;
            if is_name {
                let publish = format!(
                    "if(typeof {name}!=='undefined'){PUBLISH}('{name}',()=>{name},v=>{{{name}=v}});"
                );
                text.push_str(&publish);
            }
        }
        Ok(text)
    }
}

/// What `first` gives, unless the grammar is broken there and not in `second`.
fn or_else(
    first: impl FnOnce() -> Result<(), Failure>,
    second: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let result = first();
    if !breaks_grammar(&result) {
        return result;
    }
    let other = second();
    if breaks_grammar(&other) { result } else { other }
}

fn breaks_grammar(result: &Result<(), Failure>) -> bool {
    matches!(result, Err(Failure::Threw(Thrown { location: Some(_), .. })))
}

fn located(failure: Failure, name: &str, prefix: usize) -> Failure {
    match failure {
        Failure::Threw(thrown) => Failure::Threw(thrown::located(thrown, name, prefix)),
        other => other,
    }
}
