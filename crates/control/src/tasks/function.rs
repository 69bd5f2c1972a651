//! What is called with each item.

use runtime::javascript::{self, Name};

/// What is called with each item; cheap to clone.
#[derive(Debug, Clone)]
pub enum Function {
    /// JavaScript: what a patch defines, or a source that travels.
    Script(javascript::Function),
    /// Rust, by the name under which programs registered it on their nodes.
    Native(Name),
}

impl Function {
    /// What people see of it: its name, or the hash of a source.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Native(name) | Self::Script(javascript::Function::Named(name)) => {
                name.as_str().to_owned()
            }
            Self::Script(javascript::Function::Anonymous(function)) => function.id().to_string(),
        }
    }
}

impl From<javascript::Function> for Function {
    fn from(function: javascript::Function) -> Self {
        Self::Script(function)
    }
}
