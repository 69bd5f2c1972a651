//! Where the interpreter finds installed packages.

use std::path::PathBuf;
use std::sync::Arc;

use model::clock::Clock;

use super::Python;
use crate::limits::{SEARCH_PATH_BYTES_MAX, SEARCH_PATH_MS_MAX};
use crate::process::{self, Request, RunError};

impl Python {
    /// The folders in which the interpreter finds installed packages, those of its virtual
    /// environment included, without those of PYTHONPATH. Runs nothing that is installed.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the interpreter does not tell.
    pub fn search_path(&self, clock: Arc<dyn Clock>) -> Result<Vec<PathBuf>, RunError> {
        let script = self.shim.join("run/search_path.py");
        let request = Request {
            name: "search path of Python".into(),
            argv: vec![self.program.clone().into(), "-I".into(), "-S".into(), script.into()],
            folder: self.shim.clone(),
            environment: std::collections::BTreeMap::new(),
            timeout_ms: Some(SEARCH_PATH_MS_MAX),
        };
        let output = process::run(&request, clock, Vec::new(), SEARCH_PATH_BYTES_MAX)?;
        // What is no list of texts comes from an interpreter that is no Python.
        Ok(serde_json::from_slice(&output).unwrap_or_default())
    }
}
