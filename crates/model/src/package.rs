//! A data package as it travels through a pipeline: its descriptor, kept word for word.
//!
//! The descriptor stays JSON because every property that somebody wrote must come out again; the
//! functions here read and write the few properties that thorp itself acts on.

use crate::{Json, Map};

/// Marks a resource whose rows travel with the package.
pub const STREAMING: &str = "dpp:streaming";
/// Where the rows of a resource came from, as it was written.
pub const STREAMED_FROM: &str = "dpp:streamedFrom";

/// The descriptor of a data package.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Package {
    pub descriptor: Map,
}

impl Package {
    /// The package that a pipeline starts with: `{"name": "_", "resources": []}`.
    pub fn empty() -> Self {
        let mut descriptor = Map::new();
        descriptor.insert("name".into(), "_".into());
        descriptor.insert("resources".into(), Json::Array(Vec::new()));
        Self { descriptor }
    }

    /// The descriptors of the resources, in order.
    pub fn resources(&self) -> impl DoubleEndedIterator<Item = &Map> {
        self.descriptor
            .get("resources")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_object)
    }

    /// The descriptors of the resources, in order, to be changed.
    pub fn resources_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Map> {
        self.descriptor
            .get_mut("resources")
            .and_then(Json::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Json::as_object_mut)
    }

    /// The descriptor of the resource called `name`.
    pub fn resource(&self, name: &str) -> Option<&Map> {
        self.resources().find(|resource| self::name(resource) == name)
    }

    /// The descriptor of the resource called `name`, to be changed.
    pub fn resource_mut(&mut self, name: &str) -> Option<&mut Map> {
        self.resources_mut().find(|resource| self::name(resource) == name)
    }

    /// The list of resources itself; made when it is absent.
    pub fn resource_list_mut(&mut self) -> &mut Vec<Json> {
        let list = self.descriptor.entry("resources").or_insert_with(|| Json::Array(Vec::new()));
        if !list.is_array() {
            *list = Json::Array(Vec::new());
        }
        list.as_array_mut().expect("was made an array above")
    }

    /// The names of the resources whose rows travel along, in order.
    pub fn streaming_names(&self) -> Vec<String> {
        self.resources().filter(|r| is_streaming(r)).map(|r| name(r).to_owned()).collect()
    }
}

/// The `name` of a resource, or the empty text.
pub fn name(resource: &Map) -> &str {
    resource.get("name").and_then(Json::as_str).unwrap_or_default()
}

/// Whether the rows of a resource travel with the package (Python's truth of `dpp:streaming`).
pub fn is_streaming(resource: &Map) -> bool {
    match resource.get(STREAMING) {
        None | Some(Json::Null | Json::Bool(false)) => false,
        Some(Json::Bool(true)) => true,
        Some(Json::Number(number)) => number.as_f64() != Some(0.0),
        Some(Json::String(text)) => !text.is_empty(),
        Some(Json::Array(list)) => !list.is_empty(),
        Some(Json::Object(map)) => !map.is_empty(),
    }
}

/// The field descriptors of a resource's schema, in order.
pub fn fields(resource: &Map) -> impl DoubleEndedIterator<Item = &Map> {
    resource
        .get("schema")
        .and_then(|schema| schema.get("fields"))
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
}

/// The list of field descriptors itself; made, with its schema, when it is absent.
pub fn field_list_mut(resource: &mut Map) -> &mut Vec<Json> {
    let schema = resource.entry("schema").or_insert_with(|| Json::Object(Map::new()));
    if !schema.is_object() {
        *schema = Json::Object(Map::new());
    }
    let fields = schema
        .as_object_mut()
        .expect("was made an object above")
        .entry("fields")
        .or_insert_with(|| Json::Array(Vec::new()));
    if !fields.is_array() {
        *fields = Json::Array(Vec::new());
    }
    fields.as_array_mut().expect("was made an array above")
}
