//! The anonymous functions that a member was sent, so that a large one travels once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use runtime::javascript::{Anonymous, Function, FunctionError, Name};

use super::message;
use crate::limits;

/// The functions that were used last, the newest in front.
#[derive(Debug, Default)]
pub(super) struct Functions(Mutex<VecDeque<Anonymous>>);

impl Functions {
    /// The function that `sent` means; none when it came as an id that is not known here.
    pub(super) fn find(&self, sent: message::Function) -> Result<Option<Function>, FunctionError> {
        Ok(match sent {
            message::Function::Named { name } => Some(Function::Named(Name::new(&name)?)),
            message::Function::Anonymous { source, captured } => {
                let function = Anonymous::from_text(&source, &captured)?;
                if is_kept(&function) {
                    self.keep(function.clone());
                }
                Some(Function::Anonymous(function))
            }
            message::Function::Known { id } => self.known(&id).map(Function::Anonymous),
        })
    }

    fn known(&self, id: &[u8; 32]) -> Option<Anonymous> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|function| function.id().as_bytes() == id)?;
        let function = kept.remove(place)?;
        kept.push_front(function.clone());
        Some(function)
    }

    fn keep(&self, function: Anonymous) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        Function::Anonymous(function) if is_kept(function) => {
            message::Function::Known { id: *function.id().as_bytes() }
        }
        function => whole(function),
    }
}

/// A function with all that is needed to call it.
pub(super) fn whole(function: &Function) -> message::Function {
    match function {
        Function::Named(name) => message::Function::Named { name: name.as_str().to_owned() },
        Function::Anonymous(function) => message::Function::Anonymous {
            source: function.source().to_owned(),
            captured: function.captured().to_owned(),
        },
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
