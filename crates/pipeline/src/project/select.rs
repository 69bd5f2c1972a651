//! Which pipelines a user's arguments name.

use std::collections::BTreeSet;
use std::path::Path;

use model::fault::{Fault, Kind};
use model::pipeline_id::PipelineId;

use super::{Problem, Project};
use crate::nearest::several;
use crate::spec::SpecError;

/// How many similar ids an error offers.
const OFFERED: usize = 3;

/// What was chosen, in the order of the project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Positions in [`Project::pipelines`].
    pub pipelines: BTreeSet<usize>,
    /// Positions in [`Project::problems`]: files that would hold some of what was asked for.
    pub problems: BTreeSet<usize>,
}

impl Project {
    /// Chooses pipelines: an id with or without `./`, a beginning with `%`, `all`, a folder
    /// (relative to `here`), or several of these with commas between.
    ///
    /// # Errors
    ///
    /// [`SelectError`] when an argument names nothing.
    pub fn select(&self, arguments: &[String], here: &Path) -> Result<Selection, SelectError> {
        let mut selection = Selection::default();
        for argument in arguments {
            if self.exact(argument, &mut selection) {
                continue;
            }
            for word in argument.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                self.word(word, here, &mut selection)?;
            }
        }
        Ok(selection)
    }

    fn word(&self, word: &str, here: &Path, into: &mut Selection) -> Result<(), SelectError> {
        if self.exact(word, into) {
            return Ok(());
        }
        let found = match (word.strip_suffix('%'), self.folder(word, here)) {
            _ if word == "all" => self.take(into, |_| true, |_| true),
            (Some(prefix), _) => {
                let file =
                    |problem: &Problem| folder_id(problem).is_some_and(|id| id.has_prefix(prefix));
                self.take(into, |id| id.has_prefix(prefix), file)
            }
            (None, Some(folder)) => {
                let file =
                    |problem: &Problem| folder_id(problem).is_some_and(|id| id.is_below(&folder));
                self.take(into, |id| id.is_below(&folder), file)
            }
            (None, None) => false,
        };
        // A project without any pipeline has all of them.
        if found || word == "all" || word == "%" { Ok(()) } else { Err(self.unknown(word)) }
    }

    fn exact(&self, text: &str, into: &mut Selection) -> bool {
        self.take(into, |id| id.is_named(text), |_| false)
    }

    fn take(
        &self,
        into: &mut Selection,
        pipeline: impl Fn(&PipelineId) -> bool,
        problem: impl Fn(&Problem) -> bool,
    ) -> bool {
        let pipelines = self.pipelines.iter().enumerate();
        let pipelines: Vec<usize> =
            pipelines.filter(|(_, spec)| pipeline(&spec.id)).map(|(at, _)| at).collect();
        let problems = self.problems.iter().enumerate();
        let problems: Vec<usize> =
            problems.filter(|(_, found)| problem(found)).map(|(at, _)| at).collect();
        let found = !pipelines.is_empty() || !problems.is_empty();
        into.pipelines.extend(pipelines);
        into.problems.extend(problems);
        found
    }

    /// `word` as the beginning of ids, when it is a folder of this project.
    fn folder(&self, word: &str, here: &Path) -> Option<String> {
        let path = here.join(word).canonicalize().ok().filter(|path| path.is_dir())?;
        let below = path.strip_prefix(&self.root).ok()?;
        Some(format!("./{}", below.to_str()?))
    }

    fn unknown(&self, word: &str) -> SelectError {
        let asked = PipelineId::verbatim(word);
        let folder = asked.short().rsplit_once('/').map_or(".", |(folder, _)| folder);
        let holds = |problem: &&Problem| {
            problem.folder.as_deref().is_some_and(|other| same_folder(other, folder))
        };
        if let Some(problem) = self.problems.iter().find(holds) {
            return SelectError::Broken { id: word.to_owned(), source: problem.error.clone() };
        }
        let ids = self.pipelines.iter().map(|pipeline| pipeline.id.as_str());
        let similar = several(word, ids, OFFERED).into_iter().map(str::to_owned).collect();
        SelectError::Unknown { id: word.to_owned(), similar }
    }
}

fn same_folder(left: &str, right: &str) -> bool {
    PipelineId::verbatim(left).is_named(right)
}

/// What the pipelines of a problem's file would begin with.
fn folder_id(problem: &Problem) -> Option<PipelineId> {
    problem.folder.as_deref().map(|folder| PipelineId::new(folder, ""))
}

/// Why an argument chose nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("no pipeline `{id}`")]
    Unknown { id: String, similar: Vec<String> },
    #[error("no pipeline `{id}`, and the file that could hold it was not read")]
    Broken { id: String, source: SpecError },
}

impl Fault for SelectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "PIPELINE_UNKNOWN",
            Self::Broken { source, .. } => source.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. } => Kind::NotFound,
            Self::Broken { source, .. } => source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { similar, .. } if similar.is_empty() => {
                Some("`thorp pipelines` lists those there are".into())
            }
            Self::Unknown { similar, .. } => {
                Some(format!("did you mean `{}`?", similar.join("`, `")))
            }
            Self::Broken { source, .. } => source.help(),
        }
    }
}
