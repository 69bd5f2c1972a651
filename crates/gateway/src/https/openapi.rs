//! The OpenAPI document, made from the list of routes.

use axum::http::Method;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::body::Problem as ProblemBody;
use super::call::{Call, Json, NoQuery};
use super::problem::Problem;
use super::reply::REVISION;
use super::request::IDEMPOTENCY_KEY;
use super::route::Route;
use super::shared::OPEN;

const ABOUT: &str = "The data structures, members and status of a thorp cluster. \
    Names, keys and values are any bytes: percent-encoded in paths and queries, as they are in \
    bodies of `application/octet-stream`, and as text or `{\"base64\": ...}` in JSON. \
    Writes are durable on a majority when they are answered; reads are linearizable unless \
    `stale` is asked for. Answers about the state have its revision in the header \
    `Thorp-Revision`.";

const ONCE: &str = "Makes the request the same one when it is sent again within ten minutes (the \
    setting `https.outcomes_kept` says another time), with the same path and body: it is done \
    once, and answered as it was the first time.";

/// These routes in OpenAPI 3.1.
pub(super) fn document(routes: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<ProblemBody>();
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            let method = route.method.as_str().to_ascii_lowercase();
            path.insert(method, operation(route, &mut schemas));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "thorp", "version": "1", "description": ABOUT },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": {
                "Problem": {
                    "description": "What went wrong (RFC 9457).",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "parameters": {
                "Once": {
                    "name": IDEMPOTENCY_KEY,
                    "in": "header",
                    "description": ONCE,
                    "schema": { "type": "string" },
                },
            },
            "headers": {
                "Revision": {
                    "description": "The newest revision of the state that the request saw.",
                    "schema": { "type": "integer" },
                },
            },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Answers with the document.
pub(super) async fn show(call: Call<0, NoQuery>) -> Result<Json<Value>, Problem> {
    Ok(Json(call.desk.shared().document.clone()))
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let about = (route.describe)(schemas);
    let mut parameters: Vec<Value> = open_parts(route.path).map(path_parameter).collect();
    parameters.extend(query_parameters(about.query.as_value()));
    parameters.extend(route.headers.iter().map(|header| {
        let schema = json!({ "type": "string" });
        let (name, meaning) = (header.name, header.meaning);
        json!({ "name": name, "in": "header", "description": meaning, "schema": schema })
    }));
    if route.method != Method::GET {
        parameters.push(json!({ "$ref": "#/components/parameters/Once" }));
    }
    let mut answer = about.output;
    if let Some(answer) = answer.as_object_mut() {
        let revision = json!({ "$ref": "#/components/headers/Revision" });
        answer.insert("headers".to_owned(), json!({ REVISION: revision }));
    }
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [tag(route.path)],
        "parameters": parameters,
    });
    if let Some(operation) = operation.as_object_mut() {
        operation.extend(about.input.map(|input| ("requestBody".to_owned(), input)));
        let problem = json!({ "$ref": "#/components/responses/Problem" });
        let responses = json!({ about.status.to_string(): answer, "default": problem });
        operation.insert("responses".to_owned(), responses);
        if OPEN.contains(&route.path) {
            operation.insert("security".to_owned(), json!([]));
        }
    }
    operation
}

fn open_parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    let schema = json!({ "type": "string" });
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

/// The kind of thing that a path is about.
fn tag(path: &str) -> &str {
    path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or("health")
}

/// The fields of a query, each a parameter.
fn query_parameters(query: &Value) -> Vec<Value> {
    let fields = query.get("properties").and_then(Value::as_object);
    let fields = fields.into_iter().flatten().map(|(name, schema)| {
        let mut schema = present(schema.clone());
        let meaning = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
        if let (Some(parameter), Some(meaning)) = (parameter.as_object_mut(), meaning) {
            parameter.insert("description".to_owned(), meaning);
        }
        parameter
    });
    fields.collect()
}

/// A schema without `null`, which a query cannot hold; bytes are text in a query.
fn present(mut schema: Value) -> Value {
    let Some(fields) = schema.as_object_mut() else { return schema };
    if let Some(Value::Array(choices)) = fields.remove("anyOf") {
        let chosen = choices.into_iter().find(|choice| choice.get("type") != Some(&json!("null")));
        fields.extend(chosen.and_then(|chosen| chosen.as_object().cloned()).into_iter().flatten());
    }
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [kind] = types.as_slice() {
            let kind = kind.clone();
            fields.insert("type".to_owned(), kind);
        }
    }
    if fields.get("$ref") == Some(&json!("#/components/schemas/Octets")) {
        fields.remove("$ref");
        fields.insert("type".to_owned(), json!("string"));
    }
    fields.retain(|name, value| name != "default" || !value.is_null());
    schema
}
