//! Which fields the target gets, and the package after the join.

use model::package::{Package, field_list_mut, fields, name};
use model::{Json, Map};
use serde_json::json;

use super::aggregate::Aggregate;
use super::{Join, JoinedField};
use crate::error::StepError;

impl Join {
    /// The joined fields in their order: those of the source's schema first, others by name.
    pub(super) fn resolve_fields(&mut self, source: &Map) -> Result<(), StepError> {
        let schema: Vec<String> = fields(source).map(|field| name(field).to_owned()).collect();
        let mut spec = self.spec.clone();
        if let Some(rest) = spec.remove("*") {
            let named: Vec<String> =
                spec.iter().map(|(key, value)| source_name(key, value)).collect();
            for field in schema.iter().filter(|field| !named.contains(field)) {
                spec.insert(field.clone(), rest.clone());
            }
        }
        let mut targets: Vec<String> = spec.keys().cloned().collect();
        targets.sort_by_key(|target| {
            let place = schema.iter().position(|field| field == target);
            (place.unwrap_or(usize::MAX), target.clone())
        });
        for target in targets {
            let value = spec.get(&target).unwrap_or(&Json::Null);
            let word = value.get("aggregate").and_then(Json::as_str).unwrap_or("any");
            let aggregate = Aggregate::parse(word).ok_or_else(|| {
                let problem = format!("`{target}`: `{word}` is none of {}", Aggregate::WORDS);
                StepError::parameter("fields", problem)
            })?;
            let counts_nulls = aggregate == Aggregate::Count && value.get("name").is_none();
            self.joined.fields.push(JoinedField {
                source: source_name(&target, value).into(),
                target: target.into(),
                aggregate,
                counts_nulls,
            });
        }
        Ok(())
    }

    /// Adds the joined fields to the schema of the target.
    fn describe_target(&self, source: &Map, target: &mut Map) -> Result<(), StepError> {
        let target_name = name(target).to_owned();
        for field in &self.joined.fields {
            let of_source = fields(source).find(|other| name(other) == &*field.source);
            let mut descriptor = Map::new();
            let field_type = match (field.aggregate.own_type(), of_source) {
                (Some(own), _) => Json::from(own),
                (None, Some(of_source)) => {
                    if field.aggregate.copies_properties() {
                        descriptor = of_source.clone();
                    }
                    of_source.get("type").cloned().unwrap_or_else(|| "string".into())
                }
                (None, None) => {
                    let problem = format!("has no field `{}`", field.source);
                    return Err(StepError::resource(name(source), problem));
                }
            };
            let list = field_list_mut(target);
            let existing =
                list.iter().find(|other| other.get("name") == Some(&json!(*field.target)));
            match existing.map(|existing| existing.get("type").cloned().unwrap_or_default()) {
                Some(held) if held != field_type => {
                    let problem = format!(
                        "reusing `{}` but with different types: {held} and {field_type}",
                        field.target
                    );
                    return Err(StepError::resource(target_name, problem));
                }
                Some(_) => {}
                None => {
                    descriptor.insert("name".into(), (*field.target).into());
                    descriptor.insert("type".into(), field_type);
                    list.push(Json::Object(descriptor));
                }
            }
        }
        Ok(())
    }

    pub(super) fn describe_resources(
        &self,
        package: &mut Package,
        source: &Map,
    ) -> Result<(), StepError> {
        let mut resources = Vec::new();
        for resource in package.resources() {
            let label = name(resource);
            if label == self.joined.source {
                if !self.joined.deletes_source && !self.replaces_source() {
                    resources.push(resource.clone());
                }
                if self.joined.target_key.is_none() {
                    let mut target = json_map(json!({
                        "name": self.joined.target,
                        "path": format!("data/{}.csv", self.joined.target),
                        model::package::STREAMING: true,
                    }));
                    self.describe_target(source, &mut target)?;
                    resources.push(target);
                }
            } else if label == self.joined.target && self.joined.target_key.is_some() {
                let mut target = resource.clone();
                self.describe_target(source, &mut target)?;
                resources.push(target);
            } else {
                resources.push(resource.clone());
            }
        }
        *package.resource_list_mut() = resources.into_iter().map(Json::Object).collect();
        Ok(())
    }
}

fn source_name(target: &str, spec: &Json) -> String {
    spec.get("name").and_then(Json::as_str).unwrap_or(target).to_owned()
}

fn json_map(json: Json) -> Map {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
