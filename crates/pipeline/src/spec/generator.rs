//! `MODULE.source-spec.yaml`: pipelines that a Python generator makes from a description.
//!
//! Listing a project only recognises such files. The generator runs when somebody asks for it;
//! what it prints is taken here.

use model::pipeline_id::PipelineId;
use model::{Json, Map};

use super::discover::SpecFile;
use super::{PipelineSpec, SpecError, parse};

/// A description for a generator, found in a project.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSpec {
    pub file: SpecFile,
    /// The generator is class `Generator` of Python package `datapackage_pipelines_<module>`.
    pub module: String,
    /// What the file says.
    pub source: Json,
    /// What the pipelines are known by until they are generated: `./folder/module`.
    pub id: PipelineId,
}

impl SourceSpec {
    /// The description that `file` holds for generator `module`.
    pub fn new(file: SpecFile, module: &str, source: Json) -> Self {
        let id = PipelineId::new(&file.folder, module);
        Self { module: module.to_owned(), source, id, file }
    }

    /// The pipelines in `output`, which is what the generator gave: a list of pairs of id and
    /// details.
    ///
    /// Ids are taken word for word. An id `:module:` is a description for another generator; it
    /// comes back beside the pipelines, and is for the caller to run in turn.
    ///
    /// # Errors
    ///
    /// [`SpecError::Conversion`] when the output has another form.
    pub fn pipelines(
        &self,
        output: &Json,
    ) -> Result<(Vec<PipelineSpec>, Vec<SourceSpec>), SpecError> {
        let conversion = |reason: &str| SpecError::Conversion {
            reason: reason.to_owned(),
            file: self.file.label(),
        };
        let pairs = output.as_array().ok_or_else(|| conversion("the output is not a list"))?;
        let mut pipelines = Vec::new();
        let mut sources = Vec::new();
        for pair in pairs {
            let (id, details) = match pair.as_array().map(Vec::as_slice) {
                Some([Json::String(id), details]) if !id.is_empty() => (id, details),
                _ => return Err(conversion("the output is not a list of pairs of id and details")),
            };
            match id.strip_prefix(':').and_then(|id| id.strip_suffix(':')) {
                Some(module) => {
                    sources.push(Self::new(self.file.clone(), module, details.clone()));
                }
                None => pipelines.push(self.pipeline(id, details.clone())),
            }
        }
        Ok((pipelines, sources))
    }

    /// A pipeline that cannot run and shows why there are no others.
    pub fn failed(&self, error: SpecError) -> PipelineSpec {
        let mut pipeline = self.pipeline(self.id.as_str(), Json::Object(Map::new()));
        pipeline.errors = vec![error];
        pipeline.warnings.clear();
        pipeline
    }

    fn pipeline(&self, id: &str, details: Json) -> PipelineSpec {
        let id = PipelineId::verbatim(id);
        let mut pipeline = parse::pipeline(id, details, &self.file.path);
        pipeline.source = Some(self.source.clone());
        pipeline
    }
}
