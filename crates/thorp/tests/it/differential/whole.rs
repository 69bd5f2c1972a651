//! Random steps that look at whole resources.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::steps::step;
use super::tables::{Field, Kind, Resource};

pub(crate) fn sort(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let at = random.below(resources.len());
    let resource = &resources[at];
    let mut fields = random.some(&resource.fields);
    fields.truncate(2);
    let by = if fields.iter().all(Field::is_number) && random.chance(40) {
        json!(fields.into_iter().map(|field| field.name).collect::<Vec<_>>())
    } else {
        let keys: Vec<String> = fields.iter().map(sort_key).collect();
        json!(keys.join(random.pick::<&str>(&["", "-", ":"])))
    };
    let parameters =
        json!({"resources": resource.name, "sort-by": by, "reverse": random.chance(50)});
    step("sort", parameters)
}

/// A part of a sort key. Texts get a fixed width: the reference sorts texts that begin alike in a
/// wrong order.
fn sort_key(field: &Field) -> String {
    if field.is_number() {
        return format!("{{{}}}", field.name);
    }
    format!("{{{}!s:<40}}", field.name)
}

/// Gives the resource a primary key first, since nothing else does.
pub(crate) fn deduplicate(random: &mut Random, resources: &mut [Resource]) -> Option<Value> {
    let at = random.below(resources.len());
    let resource = &resources[at];
    let one = resource.fields.iter().filter(|field| field.kind != Kind::Array);
    let mut key = random.some(&one.map(|field| field.name.clone()).collect::<Vec<_>>());
    key.truncate(2);
    if key.is_empty() {
        return None;
    }
    let fields: Vec<Value> = resource
        .fields
        .iter()
        .map(|field| json!({"name": field.name, "type": field.kind.type_name()}))
        .collect();
    let metadata = json!({"schema": {"fields": fields, "primaryKey": key}});
    let update = step("update_resource", json!({"resources": resource.name, "metadata": metadata}));
    let deduplicate = step("deduplicate", json!({"resources": resource.name}));
    Some(json!([update, deduplicate]))
}

pub(crate) fn duplicate(random: &mut Random, resources: &mut Vec<Resource>) -> Option<Value> {
    if resources.len() > 3 {
        return None;
    }
    let at = random.below(resources.len());
    let mut copy = resources[at].clone();
    let mut parameters = json!({"source": copy.name});
    copy.name = format!("{}_copy", copy.name);
    if random.chance(40) {
        copy.name = format!("copy{}", resources.len());
        parameters["target-name"] = json!(copy.name);
        parameters["target-path"] = json!(format!("copies/{}.csv", copy.name));
    }
    if resources.iter().any(|resource| resource.name == copy.name) {
        return None;
    }
    if random.chance(30) {
        parameters["duplicate_to_end"] = json!(true);
        resources.push(copy);
    } else {
        resources.insert(at + 1, copy);
    }
    step("duplicate", parameters)
}

pub(crate) fn concatenate(random: &mut Random, resources: &mut Vec<Resource>) -> Option<Value> {
    let first = random.below(resources.len());
    let count = 1 + random.below(resources.len() - first);
    let taken: Vec<Resource> = resources.drain(first..first + count).collect();
    let names: Vec<&str> = taken.iter().map(|resource| resource.name.as_str()).collect();
    let mut fields: Vec<Field> = Vec::new();
    for field in taken.iter().flat_map(|resource| &resource.fields) {
        if fields.iter().all(|known| known.name != field.name) {
            fields.push(field.clone());
        }
    }
    let mut mapping = Map::new();
    let mut targets = Vec::new();
    while let Some(mut field) = fields.pop() {
        let mut sources = Value::Null;
        if random.chance(30) {
            sources = json!([field.name]);
            field.name = format!("{}2", field.name);
            let similar = fields.iter().position(|other| other.kind == field.kind);
            if let Some(similar) = similar.filter(|_| random.chance(50)) {
                sources.as_array_mut().unwrap().push(json!(fields.remove(similar).name));
            }
        }
        mapping.insert(field.name.clone(), sources);
        targets.push(field);
    }
    let mut parameters = json!({"sources": names, "fields": mapping});
    let mut name = "concat".to_owned();
    if random.chance(50) || resources.iter().any(|resource| resource.name == name) {
        name = format!("all{first}");
        parameters["target"] = json!({"name": name, "path": format!("data/{name}.csv")});
        if resources.iter().any(|resource| resource.name == name) {
            name.push('x');
            parameters["target"] = json!({"name": name});
        }
    }
    resources.insert(first, Resource { name, fields: targets });
    step("concatenate", parameters)
}

/// All but `set`, which is in the order of Python's hashes, and `counters`.
const AGGREGATES: [&str; 10] =
    ["sum", "avg", "median", "min", "max", "first", "last", "count", "any", "array"];

pub(crate) fn join(random: &mut Random, resources: &mut Vec<Resource>) -> Option<Value> {
    let source = random.below(resources.len());
    let target = source + random.below(resources.len() - source);
    let (from, to) = (resources[source].clone(), resources[target].clone());
    let key = key(random, &from, &to)?;
    let mut fields = Map::new();
    let mut new = Vec::new();
    for field in random.some(&from.fields) {
        let (name, options, kind) = aggregate(random, &field, &to);
        if !fields.contains_key(&name) {
            new.push(Field { name: name.clone(), kind, ..field });
            fields.insert(name, options);
        }
    }
    // One row per key under the name of the source, which would stay beside it.
    let delete = source == target || random.chance(50);
    let mut parameters = json!({
        "source": {"name": from.name, "key": key, "delete": delete},
        "target": {"name": to.name, "key": key},
        "fields": fields,
    });
    if source == target {
        parameters["target"]["key"] = Value::Null;
        resources[target].fields = new;
    } else {
        match random.below(4) {
            0 => {}
            1 => parameters["mode"] = json!("inner"),
            2 => parameters["mode"] = json!("full-outer"),
            _ => parameters["mode"] = json!("half-outer"),
        }
        let known = &mut resources[target].fields;
        for field in new {
            if known.iter().all(|other| other.name != field.name) {
                known.push(field);
            }
        }
    }
    if delete && source != target {
        resources.remove(source);
    }
    step("join", parameters)
}

/// Fields that both have, as a list or as a text; no lists, which are other texts in Python.
fn key(random: &mut Random, from: &Resource, to: &Resource) -> Option<Value> {
    let one = from.fields.iter().filter(|field| field.kind != Kind::Array);
    let mut common: Vec<String> = one.map(|field| field.name.clone()).collect();
    common.retain(|name| to.names().contains(name));
    if common.is_empty() {
        return None;
    }
    let mut names = random.some(&common);
    names.truncate(2);
    if random.chance(60) {
        return Some(json!(names));
    }
    let parts: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
    Some(json!(parts.join("/")))
}

fn aggregate(random: &mut Random, field: &Field, to: &Resource) -> (String, Value, Kind) {
    let name = format!("j {}", field.name);
    if random.chance(20) && to.fields.iter().all(|other| other.name != field.name) {
        return (field.name.clone(), Value::Null, field.kind);
    }
    let aggregate = *random.pick(&AGGREGATES);
    let numeric = matches!(aggregate, "sum" | "avg" | "median");
    // Values of different kinds have no order in Python.
    let is_mixed = matches!(field.kind, Kind::Array | Kind::Other);
    let has_no_order = is_mixed && matches!(aggregate, "min" | "max");
    if numeric && !field.is_number() || has_no_order || random.chance(10) {
        return (name, json!({"name": field.name}), field.kind);
    }
    let kind = match aggregate {
        // With a name the reference counts nulls too.
        "count" => return (name, json!({"aggregate": "count"}), Kind::Integer),
        "array" => Kind::Array,
        _ => field.kind,
    };
    (name, json!({"name": field.name, "aggregate": aggregate}), kind)
}
