//! Whether the columns of a table are the fields of its schema.

use tabular::schema::{FieldsMatch, Schema};

/// What is wrong with the columns `found`: the column or field, and the text.
///
/// In a table whose rows are objects (`is_keyed`) columns have no order, and those that no row
/// has are not there.
pub(super) fn problems(
    schema: &Schema,
    found: &[&str],
    is_keyed: bool,
) -> Vec<(Option<String>, String)> {
    let expected: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    let missing = || {
        let missing = expected.iter().filter(|field| !found.contains(field));
        missing.map(|field| {
            (Some((*field).to_owned()), "the table has no column of this name".to_owned())
        })
    };
    let extra = || {
        let extra = found.iter().filter(|column| !expected.contains(column));
        extra.map(|column| {
            (Some((*column).to_owned()), "the schema has no field of this name".to_owned())
        })
    };
    match schema.fields_match {
        FieldsMatch::Exact if is_keyed => extra().collect(),
        FieldsMatch::Exact | FieldsMatch::Equal => {
            let mut problems: Vec<_> = missing().chain(extra()).collect();
            let has_order = schema.fields_match == FieldsMatch::Exact;
            if problems.is_empty() && has_order && found != expected {
                let text = format!(
                    "the columns are {}, the fields in the schema {}",
                    found.join(", "),
                    expected.join(", ")
                );
                problems.push((None, text));
            }
            problems
        }
        FieldsMatch::Subset => missing().collect(),
        FieldsMatch::Superset => extra().collect(),
        FieldsMatch::Partial if found.iter().any(|column| expected.contains(column)) => Vec::new(),
        FieldsMatch::Partial => vec![(None, "no column is a field of the schema".to_owned())],
    }
}
