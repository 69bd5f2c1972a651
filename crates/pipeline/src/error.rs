//! What goes wrong in a step, and where: step, resource, row, field, value, rule.

pub mod root;

use model::fault::{Chain, Fault, Kind};
use model::{Json, Map};
use serde_json::json;

use crate::limits;
use root::{Root, root};

/// A failure of one step of a pipeline.
#[derive(Debug)]
pub struct StepError {
    /// The step, once the chain has learned of the failure.
    pub step: Option<StepPlace>,
    pub cause: Box<Cause>,
}

impl std::fmt::Display for StepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for StepError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

/// Which step of a pipeline: its 0-based index and its name as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlace {
    pub index: usize,
    pub name: String,
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("parameter `{name}`: {problem}")]
    Parameter { name: String, problem: String },
    #[error(transparent)]
    Row(RowError),
    #[error("resource `{resource}`: {problem}")]
    Resource { resource: String, problem: String },
    #[error("failed to read resource `{resource}`")]
    Read { resource: String, source: tabular::format::ReadError },
    #[error("failed to write resource `{resource}`")]
    Write { resource: String, source: tabular::format::WriteError },
    #[error("failed to {action}")]
    Io { action: String, source: std::io::Error },
    #[error("failed to {action}")]
    Outside { action: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the run was stopped")]
    Stopped,
    #[error("thorp made a mistake: {text}")]
    Panicked { text: String },
}

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("resource `{resource}`, row {row}, field `{field}`: {text}")]
pub struct RowError {
    pub resource: String,
    /// 1-based, counted where the step sees the rows.
    pub row: u64,
    pub field: String,
    pub value: String,
    /// `type`, or the name of the constraint.
    pub rule: String,
    pub text: String,
}

impl StepError {
    /// A failure whose step the chain fills in.
    pub fn new(cause: Cause) -> Self {
        Self { step: None, cause: Box::new(cause) }
    }

    /// A parameter that is missing or has no usable value.
    pub fn parameter(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::new(Cause::Parameter { name: name.into(), problem: problem.into() })
    }

    /// A resource that does not fit the step.
    pub fn resource(resource: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::new(Cause::Resource { resource: resource.into(), problem: problem.into() })
    }

    /// A refusal by the operating system while doing `action` (`write `/data/x.csv``).
    pub fn io(action: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(Cause::Io { action: action.into(), source })
    }

    /// A refusal by something outside (a database, a server) while doing `action`.
    pub fn outside(
        action: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::new(Cause::Outside { action: action.into(), source: source.into() })
    }

    /// A mistake of ours: a thread that ended with the payload `panic`.
    pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Self::new(Cause::Panicked { text: text.unwrap_or("no details").to_owned() })
    }

    /// The same failure, said to be of `place` unless it already has one.
    #[must_use]
    pub fn at(mut self, place: &StepPlace) -> Self {
        self.step.get_or_insert_with(|| place.clone());
        self
    }

    /// What an error below the failure says of itself, when one of them has a code.
    fn root(&self) -> Option<Root> {
        match &*self.cause {
            Cause::Read { source, .. } => root(source),
            Cause::Write { source, .. } => root(source),
            Cause::Io { source, .. } => root(source),
            Cause::Outside { source, .. } => root(&**source),
            Cause::Parameter { .. }
            | Cause::Row(_)
            | Cause::Resource { .. }
            | Cause::Stopped
            | Cause::Panicked { .. } => None,
        }
    }

    /// The failure as JSON: step, resource, row, field, value, rule, code, kind, text and help.
    pub fn to_json(&self) -> Json {
        let mut json = fault_to_json(self);
        if let Some(step) = &self.step {
            json.insert("step".into(), json!({"index": step.index, "name": step.name}));
        }
        match &*self.cause {
            Cause::Row(row) => json.extend(row.to_json()),
            Cause::Resource { resource, .. }
            | Cause::Read { resource, .. }
            | Cause::Write { resource, .. } => {
                json.insert("resource".into(), resource.as_str().into());
            }
            _ => {}
        }
        Json::Object(json)
    }
}

/// What every error tells of itself: code, kind, text with its causes, and help.
pub fn fault_to_json(fault: &(impl Fault + 'static)) -> Map {
    let help = fault.help().or_else(|| root(fault)?.help);
    let mut json = Map::new();
    json.insert("code".into(), fault.code().into());
    json.insert("kind".into(), fault.kind().word().into());
    json.insert("text".into(), Chain(fault).to_string().into());
    json.extend(help.map(|help| ("help".to_owned(), help.into())));
    json
}

impl RowError {
    /// Resource, row, field, value and rule.
    pub fn to_json(&self) -> Map {
        [
            ("resource", Json::from(self.resource.as_str())),
            ("row", self.row.into()),
            ("field", self.field.as_str().into()),
            ("value", self.value.as_str().into()),
            ("rule", self.rule.as_str().into()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
    }
}

impl From<RowError> for StepError {
    fn from(row: RowError) -> Self {
        Self::new(Cause::Row(row))
    }
}

/// A failure has the code, kind and help of what caused it, and codes of its own for the rest.
impl Fault for StepError {
    fn code(&self) -> &'static str {
        if let Some(root) = self.root() {
            return root.code;
        }
        match &*self.cause {
            Cause::Parameter { .. } => "STEP_PARAMETER",
            Cause::Row(_) => "ROW_INVALID",
            Cause::Resource { .. } => "STEP_RESOURCE",
            Cause::Read { .. } => "READ_FAILED",
            Cause::Write { .. } => "WRITE_FAILED",
            Cause::Io { .. } => "IO_FAILED",
            Cause::Outside { .. } => "OUTSIDE_FAILED",
            Cause::Stopped => "RUN_STOPPED",
            Cause::Panicked { .. } => "INTERNAL_ERROR",
        }
    }

    fn kind(&self) -> Kind {
        if let Some(root) = self.root() {
            return root.kind;
        }
        match &*self.cause {
            Cause::Io { .. } | Cause::Outside { .. } | Cause::Stopped => Kind::Unavailable,
            Cause::Panicked { .. } => Kind::Bug,
            _ => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match &*self.cause {
            Cause::Panicked { .. } => Some("report it with the lines on standard error".into()),
            _ => self.root().and_then(|root| root.help),
        }
    }
}

/// `value`, cut for a line of text.
pub fn shorten(value: &str) -> String {
    if value.chars().count() <= limits::SHOWN_VALUE_CHARS_MAX {
        return value.to_owned();
    }
    value.chars().take(limits::SHOWN_VALUE_CHARS_MAX).chain(['…']).collect()
}
