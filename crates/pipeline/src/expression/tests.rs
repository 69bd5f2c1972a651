use tabular::{Batch, Column, Kind, Value};

use super::Expression;

fn row(cells: &[(&str, Option<(Kind, &str)>)]) -> Batch {
    let columns = cells.iter().map(|(name, cell)| {
        let value = cell.map(|(kind, text)| Value::new(kind, text));
        ((*name).into(), [value].into_iter().collect::<Column>())
    });
    Batch::new(1, columns)
}

#[test]
fn conditions_are_judged_as_sql_does() {
    let batch = row(&[
        ("amount", Some((Kind::Number, "1.50"))),
        ("name", Some((Kind::Text, "Bern"))),
        ("gone", None),
        ("ok", Some((Kind::Boolean, "true"))),
    ]);
    let cases = [
        ("amount = 1.5", Some(true)),
        ("amount > 1.5 or name = 'Bern'", Some(true)),
        ("amount > 1 and not (name <> 'Bern')", Some(true)),
        ("gone = 1", None),
        ("gone = 1 or amount > 0", Some(true)),
        ("gone = 1 and amount < 0", Some(false)),
        ("gone is null and name is not null", Some(true)),
        ("ok = true", Some(true)),
        ("\"amount\" <= -2", Some(false)),
        ("name = 'it''s'", Some(false)),
    ];
    for (text, held) in cases {
        assert_eq!(Expression::parse(text).unwrap().holds(&batch, 0), held, "{text}");
    }
}

#[test]
fn what_is_no_condition_is_refused_with_a_reason() {
    for text in ["", "a", "a =", "a = 'x", "(a = 1", "a = 1 b", "a ! 1", "a is 7", "a = 1x"] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
    let deep = format!("{}a = 1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Expression::parse(&deep).is_err());
}

#[test]
fn fields_are_told() {
    let expression = Expression::parse("b > a and \"c d\" is null and a = 'x'").unwrap();
    assert_eq!(expression.fields(), ["a", "b", "c d"]);
}
