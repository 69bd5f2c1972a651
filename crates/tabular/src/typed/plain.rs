//! JSON texts of the wire as other programs expect them: without type tags, letters as they are.

use std::borrow::Cow;

use model::python::{Style, dumps};
use model::{Json, Map};

use crate::value::{Kind, Value};

/// How the JSON inside a cell of another format is written.
const STYLE: Style = Style { indent: None, sort_keys: false, ascii: false };

/// The JSON text `wire` with `{"type{decimal}": "1.5"}` as `1.5`, and moments as texts.
pub(super) fn json(wire: &str) -> Cow<'_, str> {
    if !wire.contains('\\') && !wire.contains("\"type{") {
        return Cow::Borrowed(wire);
    }
    // Python's `NaN` inside a list is no JSON; such a text stays as it is.
    match serde_json::from_str(wire) {
        Ok(value) => Cow::Owned(dumps(&untagged(value), STYLE)),
        Err(_) => Cow::Borrowed(wire),
    }
}

fn untagged(value: Json) -> Json {
    match value {
        Json::Array(items) => items.into_iter().map(untagged).collect(),
        Json::Object(map) => tagged(&map).unwrap_or_else(|| {
            map.into_iter().map(|(key, value)| (key, untagged(value))).collect::<Map>().into()
        }),
        other => other,
    }
}

/// The value of an object that is a tag and a text.
fn tagged(map: &Map) -> Option<Json> {
    let (tag, text) = map.iter().next().filter(|_| map.len() == 1)?;
    let inner = format!("{{\"{tag}\": \"{}\"}}", text.as_str()?);
    let value = Value::from_wire(&inner).filter(|value| value.kind != Kind::Json)?;
    let number = (value.kind == Kind::Number).then(|| serde_json::from_str(&value.text).ok());
    Some(number.flatten().unwrap_or_else(|| Json::from(&*value.text)))
}
