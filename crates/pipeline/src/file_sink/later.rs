//! A target that is opened when the run begins.

use super::target::Target;
use crate::context::Context;
use crate::error::StepError;

type Open = Box<dyn Fn(&Context) -> Result<Box<dyn Target>, StepError> + Send>;

/// What opens the target.
pub struct Later(Open);

impl std::fmt::Debug for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Later")
    }
}

impl Later {
    /// A target that `open` opens.
    pub fn new(open: Open) -> Self {
        Self(open)
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn open(&self, ctx: &Context) -> Result<Box<dyn Target>, StepError> {
        (self.0)(ctx)
    }
}
