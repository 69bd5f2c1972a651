//! From the JSON of a specification file to pipelines.

use std::path::Path;

use model::pipeline_id::PipelineId;
use model::{Json, Map, python};

use super::discover::SpecFile;
use super::{Dependency, PipelineSpec, SpecError, limits, step};
use crate::nearest::hint;
use crate::schedule::Schedule;

const KEYS: &[&str] = &[
    "title",
    "description",
    "pipeline",
    "schedule",
    "environment",
    "dependencies",
    "hooks",
    "hook_secret",
    "__path",
];

/// The pipelines of the specification `file`, which says `document`.
///
/// # Errors
///
/// [`SpecError`] when there is no mapping of names to pipelines. What is wrong with a single
/// pipeline is in its [`PipelineSpec::errors`].
pub fn pipelines(document: Json, file: &SpecFile) -> Result<Vec<PipelineSpec>, SpecError> {
    match document {
        Json::Object(map) if !map.is_empty() => Ok(map
            .into_iter()
            .map(|(name, details)| {
                pipeline(PipelineId::new(&file.folder, &name), details, &file.path)
            })
            .collect()),
        Json::Object(_) | Json::Null => Err(SpecError::Empty { file: file.label() }),
        other => Err(SpecError::NoMapping { file: file.label(), found: type_name(&other) }),
    }
}

/// The pipeline `id` of `file`, as `details` describe it.
pub fn pipeline(id: PipelineId, details: Json, file: &Path) -> PipelineSpec {
    let dir = file.parent().unwrap_or(file).to_owned();
    let mut reader = Reader::new("pipeline");
    let details = match details {
        Json::Object(map) => map,
        other => {
            reader.expected("a mapping", &other);
            Map::new()
        }
    };
    if id.as_str().len() > limits::ID_BYTES_MAX || id.as_str().chars().any(char::is_control) {
        reader.fail(format!(
            "the name has control characters or more than {} bytes",
            limits::ID_BYTES_MAX
        ));
    }
    let mut spec = PipelineSpec {
        id,
        dir,
        file: file.to_owned(),
        title: None,
        description: None,
        steps: Vec::new(),
        schedule: None,
        environment: Vec::new(),
        dependencies: Vec::new(),
        hooks: Vec::new(),
        hook_secret: None,
        errors: Vec::new(),
        warnings: Vec::new(),
        details: Map::new(),
        source: None,
    };
    if reader.errors.is_empty() {
        read(&mut reader, &details, &mut spec);
    }
    spec.errors = reader.errors;
    spec.warnings = reader.warnings;
    spec.details = details;
    spec
}

fn read(reader: &mut Reader, details: &Map, spec: &mut PipelineSpec) {
    reader.check_keys(details, KEYS);
    spec.title = reader.text(details, "title");
    spec.description = reader.text(details, "description");
    spec.hook_secret = reader.text(details, "hook_secret");
    if let Some(path) = reader.text(details, "__path") {
        spec.dir = spec.dir.join(path);
    }
    if let Some(schedule) = reader.map(details, "schedule") {
        match Schedule::parse(schedule) {
            Ok(schedule) => spec.schedule = schedule,
            // It keeps nobody from running the pipeline by hand.
            Err(error) => reader.warnings.push(format!("schedule is not usable: {error}")),
        }
    }
    if let Some(environment) = reader.map(details, "environment") {
        spec.environment = read_environment(reader, environment);
    }
    for entry in reader.list(details, "dependencies").unwrap_or_default() {
        match dependency(entry) {
            Some(dependency) => spec.dependencies.push(dependency),
            None => {
                reader.errors.push(SpecError::UnknownDependency { text: python::literal(entry) })
            }
        }
    }
    for hook in reader.list(details, "hooks").unwrap_or_default() {
        match hook.as_str().filter(|url| is_address(url)) {
            Some(url) => spec.hooks.push(url.to_owned()),
            None => reader.fail(format!(
                "`hooks` has {}, addresses with http, https or env:// are expected",
                python::literal(hook)
            )),
        }
    }
    read_steps(reader, details, spec);
}

fn read_steps(reader: &mut Reader, details: &Map, spec: &mut PipelineSpec) {
    if !details.contains_key("pipeline") {
        let near = hint("pipeline", details.keys().map(String::as_str));
        reader.fail(format!("key `pipeline` is missing{near}"));
        return;
    }
    let Some(steps) = reader.list(details, "pipeline") else { return };
    if steps.is_empty() {
        reader.fail("`pipeline` is empty, at least one step is expected".into());
    }
    for (index, entry) in steps.iter().enumerate() {
        let mut inner = Reader::new(&format!("step {}", index + 1));
        if let Some(step) = step::read(&mut inner, entry) {
            spec.steps.push(step);
        }
        reader.errors.append(&mut inner.errors);
        reader.warnings.append(&mut inner.warnings);
    }
}

fn read_environment(reader: &mut Reader, environment: &Map) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            reader.fail(format!("`environment` has {name:?}, which cannot be a variable"));
            continue;
        }
        // As Python's `str` writes it: `true` is `True`.
        let text = match value {
            Json::String(text) => text.clone(),
            other => python::literal(other),
        };
        variables.push((name.clone(), text));
    }
    variables
}

fn dependency(entry: &Json) -> Option<Dependency> {
    let entry = entry.as_object().filter(|map| map.len() == 1)?;
    let (kind, text) = entry.iter().next()?;
    let text = text.as_str()?;
    match kind.as_str() {
        "pipeline" => Some(Dependency::Pipeline(PipelineId::verbatim(text))),
        "datapackage" => Some(Dependency::Datapackage(text.to_owned())),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    ["http://", "https://", "env://"].iter().any(|scheme| text.starts_with(scheme))
}

/// Takes typed values out of a mapping, and notes what is not as expected. Null is absent.
pub(super) struct Reader {
    /// What is read, as error texts name it.
    at: String,
    pub(super) errors: Vec<SpecError>,
    pub(super) warnings: Vec<String>,
}

impl Reader {
    fn new(at: &str) -> Self {
        Self { at: at.to_owned(), errors: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn fail(&mut self, reason: String) {
        self.errors.push(SpecError::Shape { at: self.at.clone(), reason });
    }

    pub(super) fn expected(&mut self, what: &str, found: &Json) {
        self.fail(format!("found {}, {what} is expected", type_name(found)));
    }

    pub(super) fn check_keys(&mut self, map: &Map, keys: &[&'static str]) {
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            let near = hint(key, keys.iter().copied());
            self.warnings.push(format!("{}: unknown key `{key}`{near}", self.at));
        }
    }

    /// What `convert` makes of the value of `key`; `what` is what it takes.
    pub(super) fn get<'a, T>(
        &mut self,
        map: &'a Map,
        key: &str,
        what: &str,
        convert: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Option<T> {
        let value = map.get(key).filter(|value| !value.is_null())?;
        let converted = convert(value);
        if converted.is_none() {
            self.fail(format!("`{key}` is {}, {what} is expected", python::literal(value)));
        }
        converted
    }

    pub(super) fn text(&mut self, map: &Map, key: &str) -> Option<String> {
        self.get(map, key, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn boolean(&mut self, map: &Map, key: &str) -> Option<bool> {
        self.get(map, key, "true or false", Json::as_bool)
    }

    pub(super) fn map<'a>(&mut self, map: &'a Map, key: &str) -> Option<&'a Map> {
        self.get(map, key, "a mapping", Json::as_object)
    }

    fn list<'a>(&mut self, map: &'a Map, key: &str) -> Option<&'a [Json]> {
        self.get(map, key, "a list", |value| value.as_array().map(Vec::as_slice))
    }
}

pub(super) fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}
