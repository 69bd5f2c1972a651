//! The types whose values are JSON: object, array, geopoint, geojson, yearmonth.

use std::borrow::Cow;
use std::cmp::Ordering;

use model::python::{self, Style};
use model::{Json, Map};

use super::decimal::Decimal;
use super::digits;
use crate::value::{Kind, Value};

/// JSON text as Python's `json.dumps` writes it, keys in their order.
const PYTHON: Style = Style { indent: None, sort_keys: false, ascii: true };

/// How a point is written in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointFormat {
    /// `lon, lat`
    Plain,
    /// `[lon, lat]`
    Array,
    /// `{"lon": lon, "lat": lat}`
    Object,
}

impl PointFormat {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "array" => Self::Array,
            "object" => Self::Object,
            _ => Self::Plain,
        }
    }
}

/// The JSON of a value that is, or writes, an object or an array.
fn parsed(value: &Value<'_>) -> Option<Json> {
    match value.kind {
        Kind::Text | Kind::Json => serde_json::from_str(&value.text).ok(),
        _ => None,
    }
}

fn written<'v>(value: Value<'v>, json: &Json) -> Cow<'v, str> {
    let text = python::dumps(json, PYTHON);
    if text == value.text { value.text } else { Cow::Owned(text) }
}

pub(super) fn object(value: Value<'_>) -> Option<Cow<'_, str>> {
    let json = parsed(&value).filter(Json::is_object)?;
    Some(written(value, &json))
}

pub(super) fn array(value: Value<'_>) -> Option<Cow<'_, str>> {
    let json = parsed(&value).filter(Json::is_array)?;
    Some(written(value, &json))
}

pub(super) fn geo_json(value: Value<'_>) -> Option<Cow<'_, str>> {
    let json = parsed(&value)?;
    is_geo_json(json.as_object()?).then(|| written(value, &json))
}

/// `[2020, 7]` from that, or from `2020-07`.
pub(super) fn year_month(value: &Value<'_>) -> Option<String> {
    let (year, month) = match value.kind {
        Kind::Text => {
            let (year, month) = value.text.split_once('-')?;
            (digits::integer(year)?.into_owned(), digits::integer(month)?.into_owned())
        }
        Kind::Json => match serde_json::from_str(&value.text).ok()? {
            Json::Array(parts) => match parts.as_slice() {
                [Json::Number(year), Json::Number(month)] => (year.to_string(), month.to_string()),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let year: u32 = year.parse().ok()?;
    let month: u32 = month.parse().ok()?;
    (1..=12).contains(&month).then(|| format!("[{year}, {month}]"))
}

/// Two tagged decimals, longitude first.
pub(super) fn geo_point(value: &Value<'_>, format: PointFormat) -> Option<String> {
    let (lon, lat) = match value.kind {
        Kind::Text => match format {
            PointFormat::Plain => {
                let (lon, lat) = value.text.split_once(',')?;
                (digits::number(lon)?.into_owned(), digits::number(lat)?.into_owned())
            }
            PointFormat::Array => pair(&serde_json::from_str(&value.text).ok()?, text_coordinate)?,
            PointFormat::Object => {
                named_pair(&serde_json::from_str(&value.text).ok()?, text_coordinate)?
            }
        },
        Kind::Json => {
            let json: Json = serde_json::from_str(&value.text).ok()?;
            match format {
                PointFormat::Object if json.is_object() => named_pair(&json, coordinate)?,
                _ => pair(&json, coordinate)?,
            }
        }
        _ => return None,
    };
    if !within(&lon, 180) || !within(&lat, 90) {
        return None;
    }
    let mut text = String::from("[");
    Value::new(Kind::Number, lon).write_wire(&mut text);
    text.push_str(", ");
    Value::new(Kind::Number, lat).write_wire(&mut text);
    text.push(']');
    Some(text)
}

fn pair(json: &Json, read: fn(&Json) -> Option<String>) -> Option<(String, String)> {
    match json.as_array()?.as_slice() {
        [lon, lat] => Some((read(lon)?, read(lat)?)),
        _ => None,
    }
}

fn named_pair(json: &Json, read: fn(&Json) -> Option<String>) -> Option<(String, String)> {
    let point = json.as_object().filter(|point| point.len() == 2)?;
    Some((read(point.get("lon")?)?, read(point.get("lat")?)?))
}

/// The canonical text of a number or of a tagged decimal.
fn coordinate(json: &Json) -> Option<String> {
    let number = |text: &str| digits::number(text).map(Cow::into_owned);
    match json {
        Json::Number(value) => number(&value.to_string()),
        Json::Object(tagged) if tagged.len() == 1 => number(tagged.get("type{decimal}")?.as_str()?),
        _ => None,
    }
}

/// Within text a coordinate may be a text of its own: `["10.5", "20"]`.
fn text_coordinate(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => digits::number(text).map(Cow::into_owned),
        other => coordinate(other),
    }
}

fn within(number: &str, most: i128) -> bool {
    let Some(number) = Decimal::parse(number) else { return false };
    let above = number.compare(&Decimal::from(-most));
    let below = number.compare(&Decimal::from(most));
    matches!(above, Some(Ordering::Greater | Ordering::Equal))
        && matches!(below, Some(Ordering::Less | Ordering::Equal))
}

/// Whether an object is GeoJSON, by the schema that the reference uses: positions have exactly
/// two coordinates, line strings two positions, rings four.
fn is_geo_json(json: &Map) -> bool {
    let box_fits = match json.get("bbox") {
        None => true,
        Some(numbers) => each(Some(numbers), 0, Json::is_number),
    };
    let crs_fits = match json.get("crs") {
        None | Some(Json::Null) => true,
        Some(crs) => {
            crs.get("type").is_some_and(Json::is_string)
                && crs.get("properties").is_some_and(Json::is_object)
        }
    };
    let shape_fits = match kind_of(json) {
        "FeatureCollection" => {
            each(json.get("features"), 0, |item| item.as_object().is_some_and(is_feature))
        }
        "GeometryCollection" => each(json.get("geometries"), 0, is_geometry),
        "Feature" => is_feature(json),
        _ => is_geometry_object(json),
    };
    box_fits && crs_fits && shape_fits
}

fn kind_of(json: &Map) -> &str {
    json.get("type").and_then(Json::as_str).unwrap_or_default()
}

fn is_feature(json: &Map) -> bool {
    kind_of(json) == "Feature"
        && json.get("geometry").is_some_and(|shape| shape.is_null() || is_geometry(shape))
        && json.get("properties").is_some_and(|p| p.is_null() || p.is_object())
}

fn is_geometry(json: &Json) -> bool {
    json.as_object().is_some_and(is_geometry_object)
}

fn is_geometry_object(json: &Map) -> bool {
    let coordinates = json.get("coordinates");
    match kind_of(json) {
        "Point" => coordinates.is_some_and(is_position),
        "MultiPoint" => each(coordinates, 0, is_position),
        "LineString" => each(coordinates, 2, is_position),
        "MultiLineString" => each(coordinates, 0, |line| each(Some(line), 2, is_position)),
        "Polygon" => each(coordinates, 0, is_ring),
        "MultiPolygon" => each(coordinates, 0, |polygon| each(Some(polygon), 0, is_ring)),
        _ => false,
    }
}

fn is_ring(json: &Json) -> bool {
    each(Some(json), 4, is_position)
}

fn is_position(json: &Json) -> bool {
    json.as_array().is_some_and(|numbers| numbers.len() == 2)
        && each(Some(json), 2, Json::is_number)
}

/// Whether `json` is a list of at least `least` items, each of which `fits`.
fn each(json: Option<&Json>, least: usize, fits: impl Fn(&Json) -> bool) -> bool {
    let Some(Json::Array(items)) = json else { return false };
    items.len() >= least && items.iter().all(fits)
}

#[cfg(test)]
mod tests;
