use tabular::{Batch, Column, Kind, Value};

use super::ResourceStatistics;

fn batch(kind: Kind, texts: &[Option<&str>]) -> Batch {
    let column: Column = texts.iter().map(|text| text.map(|text| Value::new(kind, text))).collect();
    Batch::new(texts.len(), [("field".into(), column)])
}

#[test]
fn numbers_have_their_extremes_by_value_and_a_histogram() {
    let mut resource = ResourceStatistics::new("r");
    let texts: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    resource.add(&batch(Kind::Integer, &texts));
    let field = &resource.fields[0];
    assert_eq!(field.extremes(), Some(("0", "39")));
    assert_eq!(field.bars().iter().map(|(_, count)| count).sum::<u64>(), 40);
}

#[test]
fn texts_have_their_most_frequent_values() {
    let mut resource = ResourceStatistics::new("r");
    resource.add(&batch(Kind::Text, &[Some("b"), Some("a"), Some("b"), None]));
    let field = &resource.fields[0];
    assert_eq!((field.nulls, field.distinct()), (1, 2));
    assert_eq!(field.bars()[0], ("b".into(), 2));
}

#[test]
fn extremes_and_charts_speak_of_all_values_not_of_the_first_ones() {
    let mut resource = ResourceStatistics::new("r");
    let texts: Vec<String> = (0..350_000).map(|n| format!("{}", 500_000 - n)).collect();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    resource.add(&batch(Kind::Integer, &texts));
    let field = &resource.fields[0];
    assert!(field.more_distinct);
    assert_eq!(field.extremes(), Some(("150001", "500000")));
    let bars = field.bars();
    let (least, most) = (bars.iter().map(|b| b.1).min(), bars.iter().map(|b| b.1).max());
    assert!(most.unwrap() - least.unwrap() < 20, "evenly spread numbers have even bars: {bars:?}");

    let mut resource = ResourceStatistics::new("r");
    resource.add(&batch(Kind::Text, &texts));
    assert_eq!(resource.fields[0].extremes(), Some(("150001", "500000")));
}
