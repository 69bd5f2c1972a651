//! Where rows, bytes and hashes are written in the descriptor.

use model::{Json, Map};

use crate::error::StepError;
use crate::parameters::Parameters;

/// Property paths (`a.b` nests); `None`, written as null or as an empty text, leaves the property out.
#[derive(Debug, Clone)]
pub struct Counters {
    pub package_rows: Option<String>,
    pub package_bytes: Option<String>,
    pub package_hash: Option<String>,
    pub resource_rows: Option<String>,
    pub resource_bytes: Option<String>,
    pub resource_hash: Option<String>,
}

impl Counters {
    /// Reads the parameter `counters`.
    ///
    /// # Errors
    ///
    /// A parameter error when it is no mapping of texts and nulls.
    pub fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        let map = parameters.map("counters")?;
        let read = |key: &str, default: &str| match map.and_then(|map| map.get(key)) {
            None => Ok(Some(default.to_owned())),
            Some(Json::Null) => Ok(None),
            Some(Json::String(path)) => Ok(Some(path.clone()).filter(|path| !path.is_empty())),
            Some(other) => {
                let problem = format!("`{key}`: expected a property name or null, found `{other}`");
                Err(StepError::parameter("counters", problem))
            }
        };
        Ok(Self {
            package_rows: read("datapackage-rowcount", "count_of_rows")?,
            package_bytes: read("datapackage-bytes", "bytes")?,
            package_hash: read("datapackage-hash", "hash")?,
            resource_rows: read("resource-rowcount", "count_of_rows")?,
            resource_bytes: read("resource-bytes", "bytes")?,
            resource_hash: read("resource-hash", "hash")?,
        })
    }
}

/// Sets the property at `path`.
pub fn set(map: &mut Map, path: Option<&str>, value: Json) {
    if let Some(path) = path {
        let (map, key) = descend(map, path);
        map.insert(key.to_owned(), value);
    }
}

/// Adds `amount` to the whole number at `path`; an absent one counts as 0.
pub fn add(map: &mut Map, path: Option<&str>, amount: u64) {
    if let Some(path) = path {
        let (map, key) = descend(map, path);
        let before = map.get(key).and_then(Json::as_u64).unwrap_or(0);
        map.insert(key.to_owned(), (before + amount).into());
    }
}

/// The property at `path`, or null.
pub fn get(map: &Map, path: Option<&str>) -> Json {
    let Some(path) = path else { return Json::Null };
    let mut parts = path.split('.');
    let first = parts.next().and_then(|key| map.get(key));
    parts
        .fold(first, |value, key| value.and_then(|value| value.get(key)))
        .cloned()
        .unwrap_or_default()
}

fn descend<'m, 'p>(mut map: &'m mut Map, path: &'p str) -> (&'m mut Map, &'p str) {
    let mut rest = path;
    while let Some((key, after)) = rest.split_once('.') {
        let inner = map.entry(key).or_insert_with(|| Json::Object(Map::new()));
        if !inner.is_object() {
            *inner = Json::Object(Map::new());
        }
        map = inner.as_object_mut().expect("was made an object above");
        rest = after;
    }
    (map, rest)
}
