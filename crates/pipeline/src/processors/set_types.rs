//! `set_types`: gives fields their types and casts the rows to them.

use std::collections::BTreeMap;

use model::package::{Package, field_list_mut, fields, name};
use model::{Json, Map};
use tabular::Batch;
use tabular::pattern::Pattern;

use crate::casting::{Casting, OnError, declare_collected};
use crate::context::{Context, Stats};
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};

pub(super) const DEFINITION: Definition = Definition {
    name: "set_types",
    aliases: &[],
    summary: "Gives fields their types and casts the rows to them",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "types",
            form: "mapping",
            default: "none",
            text: "Pattern of field names to properties, or to null to delete the field; without it all fields are checked.",
        },
        Parameter {
            name: "regex",
            form: "flag",
            default: "true",
            text: "Whether the keys of `types` are patterns; else they are names.",
        },
        crate::definition::ON_ERROR,
    ],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    let regex = parameters.flag("regex", true)?;
    let types = parameters.map("types")?;
    let changes = types
        .into_iter()
        .flatten()
        .map(|(key, properties)| Change::parse(key, properties, regex))
        .collect::<Result<_, _>>()?;
    Ok(Box::new(SetTypes {
        matcher: Matcher::parse("resources", parameters.get("resources"))?,
        all: types.is_none(),
        changes,
        on_error: OnError::parse(parameters.text("on_error")?)?,
        castings: BTreeMap::new(),
        deleted: BTreeMap::new(),
        open: None,
    }))
}

/// Checks every field of every resource as its schema says.
pub(super) fn check_all() -> Box<dyn Processor> {
    Box::new(SetTypes {
        matcher: Matcher::All,
        all: true,
        changes: Vec::new(),
        on_error: OnError::Raise,
        castings: BTreeMap::new(),
        deleted: BTreeMap::new(),
        open: None,
    })
}

#[derive(Debug)]
struct SetTypes {
    matcher: Matcher,
    /// No types are given: every field is checked as its schema says.
    all: bool,
    changes: Vec<Change>,
    on_error: OnError,
    castings: BTreeMap<String, Casting>,
    deleted: BTreeMap<String, Vec<String>>,
    open: Option<String>,
}

/// What happens to the fields that a pattern matches.
#[derive(Debug)]
struct Change {
    pattern: Fields,
    /// Properties to set; `None` deletes the field.
    properties: Option<Map>,
}

#[derive(Debug)]
enum Fields {
    Pattern(Box<Pattern>),
    Name(String),
}

impl Change {
    fn parse(key: &str, properties: &Json, regex: bool) -> Result<Self, StepError> {
        let pattern = if regex {
            let pattern = Pattern::new(key)
                .map_err(|error| StepError::parameter("types", error.to_string()))?;
            Fields::Pattern(Box::new(pattern))
        } else {
            Fields::Name(key.to_owned())
        };
        let properties = match properties {
            Json::Null => None,
            Json::Object(properties) => Some(properties.clone()),
            Json::String(field_type) => {
                Some([("type".to_owned(), field_type.as_str().into())].into_iter().collect())
            }
            other => {
                let problem =
                    format!("field `{key}`: expected properties or null, found `{other}`");
                return Err(StepError::parameter("types", problem));
            }
        };
        Ok(Self { pattern, properties })
    }

    fn matches(&self, field: &str) -> bool {
        match &self.pattern {
            Fields::Pattern(pattern) => pattern.matches_whole(field),
            Fields::Name(name) => name == field,
        }
    }

    fn text(&self) -> &str {
        match &self.pattern {
            Fields::Pattern(pattern) => pattern.as_str(),
            Fields::Name(name) => name,
        }
    }
}

impl SetTypes {
    /// Changes the schema of one resource and gives the names of the fields that were matched.
    fn change(&self, resource: &mut Map, used: &mut [bool]) -> (Vec<String>, Vec<String>) {
        let (mut typed, mut deleted) = (Vec::new(), Vec::new());
        field_list_mut(resource).retain_mut(|field| {
            let Some(field) = field.as_object_mut() else { return true };
            let field_name = name(field).to_owned();
            for (change, used) in self.changes.iter().zip(used.iter_mut()) {
                if !change.matches(&field_name) {
                    continue;
                }
                *used = true;
                let Some(properties) = &change.properties else {
                    deleted.push(field_name);
                    return false;
                };
                field.extend(properties.clone());
                typed.push(field_name.clone());
            }
            true
        });
        (typed, deleted)
    }
}

impl Processor for SetTypes {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let chosen = self.matcher.names(&package);
        let mut used = vec![false; self.changes.len()];
        for resource in &chosen {
            let Some(descriptor) = package.resource_mut(resource) else { continue };
            let (mut typed, deleted) = self.change(descriptor, &mut used);
            if self.all {
                typed = fields(descriptor).map(|field| name(field).to_owned()).collect();
            }
            if !model::package::is_streaming(descriptor) {
                continue;
            }
            let casting = Casting::new(descriptor, self.on_error, ctx, |field| {
                typed.iter().any(|name| name == field)
            })?;
            self.castings.insert(resource.clone(), casting);
            self.deleted.insert(resource.clone(), deleted);
        }
        if let Some((change, _)) =
            self.changes.iter().zip(&used).find(|(_, used)| !**used && !chosen.is_empty())
        {
            let problem = format!("no field matches `{}` in {}", change.text(), chosen.join(", "));
            return Err(StepError::parameter("types", problem));
        }
        declare_collected(&mut package, &self.castings, self.on_error);
        crate::defaults::apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.open = Some(resource.to_owned());
        out.open(resource)
    }

    fn rows(&mut self, mut batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let open = self.open.as_deref().unwrap_or_default();
        if let Some(casting) = self.castings.get_mut(open) {
            for field in self.deleted.get(open).into_iter().flatten() {
                batch.remove(field);
            }
            batch = casting.apply(batch)?;
        }
        out.rows(batch)
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        crate::casting::write_collected(&mut self.castings, out)
    }
}
