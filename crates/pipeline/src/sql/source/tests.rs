use super::Selection;
use super::shape::{moment, short_fraction};

fn table(order: &str) -> String {
    Selection::Table { name: "t\"x".into(), order_by: Some(order.into()) }.sql()
}

#[test]
fn names_in_statements_are_quoted() {
    assert_eq!(table("id"), "SELECT * FROM \"t\"\"x\" ORDER BY \"id\"");
    assert_eq!(table("my id DESC"), "SELECT * FROM \"t\"\"x\" ORDER BY \"my id\" DESC");
    assert_eq!(table("1; drop"), "SELECT * FROM \"t\"\"x\" ORDER BY \"1; drop\"");
    assert_eq!(Selection::Query(" SELECT 1; ".into()).sql(), "SELECT 1");
}

#[test]
fn moments_lose_what_says_nothing() {
    assert_eq!(moment("2020-12-31 10:11:12.000000"), "2020-12-31T10:11:12");
    assert_eq!(moment("2020-12-31 10:11:12.250+00"), "2020-12-31T10:11:12.25");
    assert_eq!(moment("2020-12-31 10:11:12.500000+02:00"), "2020-12-31T10:11:12.5+02:00");
    assert_eq!(short_fraction("10:11:12.500"), "10:11:12.5");
}
