//! Pipelines made by plug-ins: the package `datapackage_pipelines_<module>` and its `Generator`.

use std::path::Path;
use std::sync::Arc;

use model::clock::Clock;
use model::fault::{Fault, Kind};
use model::{Json, Map};
use serde::Deserialize;

use super::Python;
use crate::limits::{GENERATE_MS_MAX, GENERATED_BYTES_MAX};
use crate::process::{self, Request, RunError};

/// The description of a source, as a `<module>.source-spec.yaml` has it.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a> {
    pub module: &'a str,
    pub source: &'a Json,
    /// What ids begin with: `./` and the folder of the description.
    pub base: &'a str,
    /// The folder of the description, in which the plug-in runs.
    pub folder: &'a Path,
}

/// One pipeline that a plug-in made, or the reason why it made none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Generated {
    pub id: String,
    pub details: Map,
    /// The description that it was made from.
    #[serde(default)]
    pub source: Json,
    pub errors: Vec<Problem>,
}

/// What is wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    pub title: String,
    pub text: String,
}

/// Why a description was not turned into pipelines.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("the generator of `{module}` wrote something else than pipelines")]
    Output {
        module: String,
        #[source]
        source: serde_json::Error,
    },
}

impl Fault for GenerateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Run(error) => error.code(),
            Self::Output { .. } => "PROCESS_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Run(error) => error.kind(),
            Self::Output { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Run(error) => error.help(),
            Self::Output { .. } => None,
        }
    }
}

impl Python {
    /// Lets the plug-in turn a description into pipelines.
    ///
    /// A description that it refuses gives one pipeline with errors.
    ///
    /// # Errors
    ///
    /// [`GenerateError`] when the plug-in takes the interpreter down with it.
    pub fn generate(
        &self,
        description: &Description<'_>,
        clock: Arc<dyn Clock>,
    ) -> Result<Vec<Generated>, GenerateError> {
        let request = Request {
            name: format!("{}.source-spec.yaml", description.module),
            argv: vec![self.program.clone().into(), self.shim.join("run/generate.py").into()],
            folder: description.folder.to_owned(),
            environment: self.environment(&std::collections::BTreeMap::new()),
            timeout_ms: Some(GENERATE_MS_MAX),
        };
        let input = serde_json::json!({
            "module": description.module,
            "source": description.source,
            "base": description.base,
        });
        let input = input.to_string().into_bytes();
        let output = process::run(&request, clock, input, GENERATED_BYTES_MAX)?;
        serde_json::from_slice(&output).map_err(|source| GenerateError::Output {
            module: description.module.to_owned(),
            source,
        })
    }
}
