use super::Batch;
use crate::{Column, Kind, Value};

fn cell(text: &str) -> Column {
    [Some(Value::new(Kind::Text, text))].into_iter().collect()
}

fn batch(names: &[&str]) -> Batch {
    Batch::new(1, names.iter().map(|name| ((*name).into(), cell(name))))
}

fn text<'b>(batch: &'b Batch, name: &str) -> Option<&'b str> {
    batch.column(name).and_then(|column| column.text(0))
}

#[test]
fn columns_are_found_in_any_order_and_after_every_change() {
    let mut batch = batch(&["a", "b", "c", "d"]);
    for name in ["a", "b", "c", "d", "d", "a", "c", "c", "b"] {
        assert_eq!(text(&batch, name), Some(name));
    }
    assert_eq!(text(&batch, "e"), None);
    batch.remove("b");
    assert_eq!(
        (text(&batch, "b"), text(&batch, "c"), text(&batch, "d")),
        (None, Some("c"), Some("d"))
    );
    batch.set("d", cell("new"));
    batch.set("e", cell("e"));
    assert_eq!((text(&batch, "d"), text(&batch, "e")), (Some("new"), Some("e")));
    assert_eq!(batch.names().iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "c", "d", "e"]);
}

#[test]
fn of_two_columns_with_one_name_the_later_stays_in_the_place_of_the_earlier() {
    let columns = [("a", "1"), ("b", "2"), ("a", "3")];
    let batch = Batch::new(1, columns.map(|(name, text)| (name.into(), cell(text))));
    assert_eq!(
        (batch.columns().len(), text(&batch, "a"), text(&batch, "b")),
        (2, Some("3"), Some("2"))
    );
}
