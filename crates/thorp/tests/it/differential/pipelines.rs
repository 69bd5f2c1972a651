//! Random pipelines: sources, some steps that fit what the steps before them made, a sink.

use serde_json::{Value, json};

use super::random::Random;
use super::steps;
use super::tables::{Resource, table};

/// A pipeline with the files it reads.
pub(crate) struct Pipeline {
    pub(crate) seed: u64,
    pub(crate) steps: Vec<Value>,
    /// Path and content.
    pub(crate) files: Vec<(String, String)>,
}

impl Pipeline {
    pub(crate) fn name(&self) -> String {
        format!("p{}", self.seed)
    }

    /// Everything that one needs to repeat it by hand.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("THORP_SEED={} THORP_PIPELINES=1\n", self.seed);
        for step in &self.steps {
            text.push_str(&format!("  {step}\n"));
        }
        for (path, content) in &self.files {
            text.push_str(&format!("--- {path}\n{content}"));
        }
        text
    }
}

/// The pipeline of `seed`.
pub(crate) fn pipeline(seed: u64) -> Pipeline {
    let mut random = Random::new(seed);
    let mut pipeline = Pipeline { seed, steps: Vec::new(), files: Vec::new() };
    let mut resources = Vec::new();
    let names: &[&str] = if random.chance(60) { &["a", "b"] } else { &["a"] };
    for name in names {
        let (text, mut resource) = table(&mut random, name);
        let path = format!("data/{seed}/{name}.csv");
        if random.chance(15) {
            pipeline.steps.push(load_resource(&mut random, seed, &mut resource));
            let folder = format!("data/{seed}/{name}");
            pipeline.files.push((format!("{folder}/datapackage.json"), package(&resource)));
            pipeline.files.push((format!("{folder}/{name}.csv"), text));
        } else {
            pipeline.steps.push(load(&mut random, &path, &resource));
            pipeline.files.push((path, text));
        }
        resources.push(resource);
    }
    if random.chance(60) || resources.iter().any(needs_types) {
        pipeline.steps.push(types(&mut resources));
    }
    for _ in 0..2 + random.below(4) {
        steps::add(&mut random, &mut resources, &mut pipeline.steps);
    }
    pipeline.steps.push(dump(&mut random, seed));
    pipeline
}

fn load(random: &mut Random, path: &str, resource: &Resource) -> Value {
    let mut parameters = json!({ "from": path });
    let mut set = |key: &str, value: Value| {
        parameters.as_object_mut().unwrap().insert(key.to_owned(), value);
    };
    if random.chance(10) {
        set("limit_rows", json!(1 + random.below(5)));
    }
    if random.chance(15) {
        set("cast_strategy", json!(random.pick(&["schema", "strings", "nothing"])));
    }
    if random.chance(10) {
        set("infer_strategy", json!(random.pick(&["full", "strings", "pytypes"])));
    }
    if random.chance(5) {
        set("strip", json!(false));
    }
    if random.chance(10) {
        let field = random.pick(&resource.fields);
        set(
            "override_fields",
            json!({ &field.name: {"title": "Überschrift", "type": "string", "format": "default"} }),
        );
    }
    json!({"run": "load", "parameters": parameters})
}

fn load_resource(random: &mut Random, seed: u64, resource: &mut Resource) -> Value {
    resource.fields.iter_mut().for_each(|field| field.typed = true);
    let url = format!("data/{seed}/{}/datapackage.json", resource.name);
    let mut parameters = json!({"url": url, "resource": resource.name});
    if random.chance(20) {
        parameters["limit-rows"] = json!(1 + random.below(5));
    }
    json!({"run": "load_resource", "parameters": parameters})
}

/// A data package of the table alone.
fn package(resource: &Resource) -> String {
    let fields = resource.fields.iter().map(|field| {
        let format = if field.name == "digits" { "%Y%m%d" } else { "default" };
        json!({"name": field.name, "type": field.kind.type_name(), "format": format})
    });
    let table = json!({
        "name": resource.name,
        "path": format!("{}.csv", resource.name),
        "profile": "tabular-data-resource",
        "schema": {"fields": fields.collect::<Vec<_>>(), "missingValues": ["", "-"]},
    });
    json!({"name": "source", "resources": [table]}).to_string() + "\n"
}

/// Whether the reference could not write it as it was read: it rewrites the formats of fields
/// first, and then refuses texts in other formats.
fn needs_types(resource: &Resource) -> bool {
    let has_format = |name: &str| ["at", "day", "digits", "flag", "time"].contains(&name);
    resource.fields.iter().any(|field| !field.typed && has_format(&field.name))
}

/// The types that fit the columns; for most pipelines, so that later steps have typed values.
fn types(resources: &mut [Resource]) -> Value {
    let mut types = serde_json::Map::new();
    for field in resources.iter_mut().flat_map(|resource| &mut resource.fields) {
        field.typed = true;
        let mut options = json!({"type": field.kind.type_name(), "format": "default"});
        if field.name == "digits" {
            options = json!({"type": "date", "format": "%Y%m%d"});
        }
        types.insert(field.name.clone(), options);
    }
    json!({"run": "set_types", "parameters": {"types": types}})
}

fn dump(random: &mut Random, seed: u64) -> Value {
    let mut parameters = json!({"out-path": format!("out/{seed}")});
    let mut set = |key: &str, value: Value| {
        parameters.as_object_mut().unwrap().insert(key.to_owned(), value);
    };
    match random.below(20) {
        0..2 => set("format", json!("json")),
        2 => set("pretty_descriptor", json!(false)),
        3 => set("use_titles", json!(true)),
        4 => set("counters", json!({"resource-hash": "", "datapackage-rowcount": "stats.rows"})),
        5..7 => return json!({"run": "dump.to_path", "parameters": parameters}),
        _ => {}
    }
    json!({"run": "dump_to_path", "parameters": parameters})
}
