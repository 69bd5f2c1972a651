use std::sync::Arc;

use tabular::{Batch, Column, Kind, Value};

use super::{FormatString, ParseError, format_value};

/// Kind, value, format and what CPython 3.11 makes of them, `ERROR` when it refuses.
const GOLDEN: &str = include_str!("golden.tsv");

fn row() -> Batch {
    let values = [
        ("a", Some(Value::new(Kind::Integer, "7"))),
        ("name", Some(Value::new(Kind::Text, "Ann"))),
        ("price", Some(Value::new(Kind::Number, "1.50"))),
        ("none", None),
        ("day", Some(Value::new(Kind::Date, "2020-12-31"))),
        ("at", Some(Value::new(Kind::DateTime, "2020-12-31T10:11:12"))),
        ("list", Some(Value::new(Kind::Json, r#"["x", {"k": 3}]"#))),
    ];
    let columns =
        values.map(|(name, value)| (Arc::from(name), std::iter::once(value).collect::<Column>()));
    Batch::new(1, columns)
}

fn rendered(format: &str) -> Result<String, String> {
    let mut out = String::new();
    FormatString::parse(format)
        .map_err(|error| error.to_string())?
        .render(&row(), 0, &mut out)
        .map_err(|error| error.to_string())?;
    Ok(out)
}

#[test]
fn values_are_formatted_as_python_does() {
    let mut wrong = Vec::new();
    for line in GOLDEN.lines() {
        let [kind, text, spec, expected] = *line.split('\t').collect::<Vec<_>>().as_slice() else {
            panic!("`{line}` has not four parts")
        };
        let kind = match kind {
            "i" => Kind::Integer,
            "f" => Kind::Float,
            "n" => Kind::Number,
            "b" => Kind::Boolean,
            _ => Kind::Text,
        };
        let mut out = String::new();
        let found = match format_value(&mut out, Some(&Value::new(kind, text)), spec) {
            Ok(()) => out,
            Err(_) => "ERROR".to_owned(),
        };
        if found != expected {
            wrong.push(format!("{kind:?} {text} `{spec}`: expected `{expected}`, found `{found}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn replacement_fields_are_filled_from_the_row() {
    let cases = [
        ("{name} has {a}", "Ann has 7"),
        ("{{{a:03}}}", "{007}"),
        ("{price} {price:.1f}", "1.50 1.5"),
        ("{none}", "None"),
        ("{none!s:>6}", "  None"),
        ("{name!r} {price!r}", "'Ann' Decimal('1.50')"),
        ("{day!r}", "datetime.date(2020, 12, 31)"),
        ("{at!r}", "datetime.datetime(2020, 12, 31, 10, 11, 12)"),
        ("{day} {day:%d.%m.%Y} {day.year}", "2020-12-31 31.12.2020 2020"),
        ("{at} {at:%H:%M} {at.second}", "2020-12-31 10:11:12 10:11 12"),
        ("{list[0]} {list[1][k]:02}", "x 03"),
        ("{name:>{a}}", "    Ann"),
    ];
    for (format, expected) in cases {
        assert_eq!(rendered(format).as_deref(), Ok(expected), "{format}");
    }
}

#[test]
fn what_cannot_be_filled_is_an_error_that_names_the_field() {
    assert!(rendered("{nope}").unwrap_err().contains("there is no field `nope`"));
    assert!(rendered("{none:>5}").unwrap_err().contains("field `none`"));
    assert!(rendered("{a.real}").unwrap_err().contains("has no part `real`"));
    assert!(rendered("{a:99999999}").unwrap_err().contains("beyond"));
}

#[test]
fn malformed_strings_are_refused() {
    let parse = |text: &str| FormatString::parse(text).unwrap_err();
    assert!(matches!(parse("a}"), ParseError::SingleBrace { brace: '}', .. }));
    assert!(matches!(parse("{a"), ParseError::SingleBrace { brace: '{', .. }));
    assert!(matches!(parse("{}"), ParseError::NoName { .. }));
    assert!(matches!(parse("{a!x}"), ParseError::Conversion { .. }));
    assert!(matches!(parse("{a[b}"), ParseError::SingleBrace { .. }));
    assert!(matches!(parse("{a:{b:{c:{d}}}}"), ParseError::Depth { .. }));
}

#[test]
fn names_of_fields_include_those_inside_formats() {
    let format = FormatString::parse("{a}-{b.year:>{c}}").unwrap();
    assert_eq!(format.fields(), ["a", "b", "c"]);
}

#[test]
fn the_number_of_the_row_is_a_field() {
    let mut out = String::new();
    let format = FormatString::parse("{name}:{#:03}").unwrap();
    format.render_numbered(&row(), 0, 12, &mut out).unwrap();
    assert_eq!(out, "Ann:012");
}
