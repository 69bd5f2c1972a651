//! Texts of values for which no database has a type of its own.

use tabular::typed::plain_text;
use tabular::{Kind, Value};

use super::table::Form;

/// The text of a JSON cell in a column of `form`; `None` is null.
pub fn decoded(form: Form, json: &str) -> Option<String> {
    match form {
        Form::Point => return Some(point(json)),
        Form::Month => return Some(month(json)),
        _ => {}
    }
    let value = Value::from_wire(json)?;
    Some(match (form, value.kind) {
        (Form::Json, Kind::Json) | (_, Kind::Json) => plain_text(&value).into_owned(),
        (Form::Json, _) => json.to_owned(),
        _ => value.text.into_owned(),
    })
}

/// `1.5, 2` for `[1.5, 2]`.
fn point(json: &str) -> String {
    let plain = Value::from_wire(json).map(|value| plain_text(&value).into_owned());
    let plain = plain.unwrap_or_default();
    plain.trim_matches(['[', ']']).replace('"', "")
}

/// `2020-01` for `[2020, 1]`.
fn month(json: &str) -> String {
    match serde_json::from_str::<(i64, u8)>(json) {
        Ok((year, month)) => format!("{year:04}-{month:02}"),
        Err(_) => json.to_owned(),
    }
}
