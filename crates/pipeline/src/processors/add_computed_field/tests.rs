use proptest::prelude::{prop_assert_eq, proptest};
use tabular::{Batch, Column, Kind, Value};

use super::number::{Number, add_columns, multiply_columns};
use super::operation::Operation;

fn column(kind: Kind, texts: &[Option<&str>]) -> Column {
    texts.iter().map(|text| text.map(|text| Value::new(kind, text))).collect()
}

fn computed(operation: &Operation, sources: &[Column]) -> Vec<Option<String>> {
    let rows = sources.first().map_or(0, Column::len);
    let sources: Vec<&Column> = sources.iter().collect();
    let column = operation.column(&Batch::empty(rows), &sources).unwrap();
    (0..rows).map(|row| column.text(row).map(str::to_owned)).collect()
}

fn texts(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

#[test]
fn sums_and_products_have_the_digits_of_python() {
    let integers = column(Kind::Integer, &[Some("1"), Some("2"), Some("-3")]);
    let numbers = column(Kind::Number, &[Some("1.50"), Some("1E+3"), Some("0.0000001")]);
    let sources = [integers, numbers];
    assert_eq!(computed(&Operation::Sum, &sources), texts(&["2.50", "1002", "-2.9999999"]));
    assert_eq!(computed(&Operation::Multiply, &sources), texts(&["1.50", "2E+3", "-3E-7"]));
    let large = column(Kind::Integer, &[Some("99999999999999999999999999999999999999")]);
    let squared = computed(&Operation::Multiply, &[large.clone(), large]);
    let nines = "9".repeat(37) + "8" + &"0".repeat(37) + "1";
    assert_eq!(squared, texts(&[&nines]));
    let long = column(Kind::Number, &[Some("12345678901234567890.123")]);
    let longer = column(Kind::Number, &[Some("98765432109876543210.5")]);
    let product = computed(&Operation::Multiply, &[long, longer]);
    assert_eq!(product, texts(&["1.219326311370217952255784789E+39"]));
}

#[test]
fn nulls_are_left_out() {
    let some = column(Kind::Integer, &[Some("1"), None, None]);
    let other = column(Kind::Integer, &[Some("5"), Some("7"), None]);
    let sources = [some, other];
    assert_eq!(computed(&Operation::Sum, &sources), texts(&["6", "7", "0"]));
    assert_eq!(computed(&Operation::Join("-".into()), &sources), texts(&["1-5", "7", ""]));
    let batch = Batch::empty(3);
    let sources: Vec<&Column> = sources.iter().collect();
    let problem = Operation::Max.column(&batch, &sources).unwrap_err();
    assert_eq!((problem.row, problem.text.as_str()), (2, "none of the source fields has a value"));
}

#[test]
fn averages_are_doubles_of_integers_and_decimals_of_decimals() {
    let integers = [column(Kind::Integer, &[Some("1")]), column(Kind::Integer, &[Some("2")])];
    assert_eq!(computed(&Operation::Average, &integers), texts(&["1.5"]));
    let numbers = [
        column(Kind::Number, &[Some("10")]),
        column(Kind::Number, &[Some("0")]),
        column(Kind::Number, &[Some("0")]),
    ];
    assert_eq!(computed(&Operation::Average, &numbers), texts(&["3.333333333333333333333333333"]));
}

#[test]
fn extremes_compare_numbers_by_value_and_refuse_a_mixture() {
    let sources = [
        column(Kind::Integer, &[Some("9"), Some("2")]),
        column(Kind::Number, &[Some("10.0"), Some("2.0")]),
    ];
    assert_eq!(computed(&Operation::Max, &sources), texts(&["{\"type{decimal}\": \"10.0\"}", "2"]));
    let mixed = [column(Kind::Integer, &[Some("1")]), column(Kind::Text, &[Some("1")])];
    let mixed: Vec<&Column> = mixed.iter().collect();
    let problem = Operation::Min.column(&Batch::empty(1), &mixed).unwrap_err();
    assert!(problem.text.contains("cannot be compared"));
}

proptest! {
    #[test]
    fn the_short_way_gives_what_the_long_way_gives(
        a in "-?(0|[1-9][0-9]{0,16})(\\.[0-9]{1,9})?",
        b in "-?(0|[1-9][0-9]{0,16})(\\.[0-9]{1,9})?",
    ) {
        let value = |text: &str| {
            let kind = if text.contains('.') || text == "-0" { Kind::Number } else { Kind::Integer };
            Value::new(kind, text.to_owned())
        };
        let (a, b) = (value(&a), value(&b));
        let columns = [&a, &b].map(|value| std::iter::once(Some(value.clone())).collect::<Column>());
        let columns: Vec<&Column> = columns.iter().collect();
        let (left, right) = (Number::of(&a).unwrap(), Number::of(&b).unwrap());
        let sum = Number::zero().add(&left).add(&right).into_value();
        if let Some(short) = add_columns(&columns, 1) {
            prop_assert_eq!(short.value(0), Some(sum));
        }
        if let Some(short) = multiply_columns(&columns, 1) {
            prop_assert_eq!(short.value(0), Some(left.multiply(&right).into_value()));
        }
    }
}
