//! What `join` and `join_with_self` are told.

use model::{Json, Map};

use super::key::Key;
use super::{Join, Joined, Mode};
use crate::context::Context;
use crate::definition::{Definition, Parameter, Role};
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::processor::Processor;

pub(in crate::processors) const DEFINITION: Definition = Definition {
    name: "join",
    aliases: &[],
    summary: "Adds fields of one resource to the rows of another that have the same key",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "source",
            form: "mapping",
            default: "required",
            text: "`name`, `key` (list of fields or format string; `{#}` is the row number) and `delete` (false): whether the source goes away.",
        },
        Parameter {
            name: "target",
            form: "mapping",
            default: "required",
            text: "`name` and `key`; a null key makes one row per key of the source.",
        },
        Parameter {
            name: "fields",
            form: "mapping",
            default: "none",
            text: "Target field to `name` (source field) and `aggregate` (any); `*` stands for all other fields.",
        },
        Parameter {
            name: "mode",
            form: "text",
            default: "half-outer",
            text: "inner, half-outer or full-outer.",
        },
        Parameter {
            name: "full",
            form: "flag",
            default: "none",
            text: "Older form of `mode`: true is half-outer, false is inner.",
        },
    ],
    build,
};

pub(in crate::processors) const WITH_SELF: Definition = Definition {
    name: "join_with_self",
    aliases: &["join_self"],
    summary: "Makes one row per key of a resource",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "resource",
            form: "text",
            default: "required",
            text: "The name of the resource.",
        },
        Parameter {
            name: "key",
            form: "text or list",
            default: "required",
            text: "A list of fields or a format string.",
        },
        Parameter { name: "fields", form: "mapping", default: "none", text: "As in `join`." },
    ],
    build: build_with_self,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    let required =
        |key| parameters.map(key)?.ok_or_else(|| StepError::parameter(key, "is required"));
    let (source, target) = (required("source")?, required("target")?);
    let resource = |map: &Map, key: &str| match map.get("name").and_then(Json::as_str) {
        Some(name) => Ok(name.to_owned()),
        None => Err(StepError::parameter(key, "needs the `name` of a resource")),
    };
    let source_key =
        source.get("key").ok_or_else(|| StepError::parameter("source", "needs a `key`"))?;
    let joined = Joined {
        source: resource(source, "source")?,
        target: resource(target, "target")?,
        source_key: Key::parse("source", source_key)?,
        target_key: match target.get("key") {
            None | Some(Json::Null) => None,
            Some(key) => Some(Key::parse("target", key)?),
        },
        mode: Mode::parse(parameters)?,
        deletes_source: Parameters(source).flag("delete", false)?,
        fields: Vec::new(),
    };
    Join::boxed(joined, parameters)
}

fn build_with_self(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    let resource = parameters.required_text("resource")?.to_owned();
    let key = parameters.get("key").ok_or_else(|| StepError::parameter("key", "is required"))?;
    let joined = Joined {
        source: resource.clone(),
        target: resource,
        source_key: Key::parse("key", key)?,
        target_key: None,
        mode: Mode::HalfOuter,
        deletes_source: true,
        fields: Vec::new(),
    };
    Join::boxed(joined, parameters)
}

impl Mode {
    fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        if let Some(full) = parameters.get("full").and_then(Json::as_bool) {
            return Ok(if full { Self::HalfOuter } else { Self::Inner });
        }
        match parameters.text("mode")? {
            None | Some("half-outer") => Ok(Self::HalfOuter),
            Some("inner") => Ok(Self::Inner),
            Some("full-outer") => Ok(Self::FullOuter),
            Some(other) => {
                let problem = format!("expected inner, half-outer or full-outer, found `{other}`");
                Err(StepError::parameter("mode", problem))
            }
        }
    }
}
