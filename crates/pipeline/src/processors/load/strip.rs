//! Texts without white space at their ends, for rows that no reader of text has seen.

use std::sync::Arc;

use tabular::{Batch, Column, Kind, Value};

/// What makes a text worth stripping.
const ENDS: [char; 4] = [' ', '\t', '\n', '\r'];

/// `batch` with its texts stripped; columns without such texts are shared.
pub(super) fn stripped(batch: Batch) -> Batch {
    let is_loose = |text: &str| text.starts_with(ENDS) || text.ends_with(ENDS);
    let loose: Vec<Arc<str>> = batch
        .iter()
        .filter(|(_, column)| column.kind() == Kind::Text)
        .filter(|(_, column)| column.cells().iter().flatten().any(is_loose))
        .map(|(name, _)| Arc::clone(name))
        .collect();
    let mut stripped = batch;
    for name in loose {
        let Some(column) = stripped.column(&name) else { continue };
        let column: Column = column
            .cells()
            .iter()
            .map(|text| {
                text.map(|text| {
                    let text = if is_loose(text) { text.trim() } else { text };
                    Value::new(Kind::Text, text)
                })
            })
            .collect();
        stripped.set(&name, column);
    }
    stripped
}
