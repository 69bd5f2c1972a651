//! Rows as Python's `json.dumps` writes them.

use std::sync::Arc;

use crate::batch::Batch;
use crate::column::Column;
use crate::value::{Kind, write_wire};

/// Turns batches into lines: keys sorted, `", "` and `": "` between, ASCII.
#[derive(Debug, Default)]
pub struct Encoder {
    names: Vec<Arc<str>>,
    /// Column and what comes before its value, in the order of the keys.
    keys: Vec<(usize, String)>,
}

impl Encoder {
    /// Appends the rows of `batch` to `out`, each with its line feed.
    pub fn encode(&mut self, batch: &Batch, out: &mut String) {
        if self.keys.is_empty() || self.names != batch.names() {
            self.prepare(batch.names());
        }
        let columns: Vec<(&str, Option<&Column>)> =
            self.keys.iter().map(|(at, key)| (key.as_str(), batch.columns().get(*at))).collect();
        for row in 0..batch.rows() {
            out.push('{');
            for (key, column) in &columns {
                out.push_str(key);
                match column.and_then(|column| Some((column.kind(), column.text(row)?))) {
                    Some((kind, text)) => write_cell(out, kind, text),
                    None => out.push_str("null"),
                }
            }
            out.push_str("}\n");
        }
    }

    fn prepare(&mut self, names: &[Arc<str>]) {
        self.names = names.to_vec();
        let mut order: Vec<(usize, &Arc<str>)> = names.iter().enumerate().collect();
        order.sort_by_key(|(_, name)| *name);
        self.keys.clear();
        for (at, name) in order {
            let mut key = String::from(if self.keys.is_empty() { "" } else { ", " });
            model::python::write_string(&mut key, name, true);
            key.push_str(": ");
            self.keys.push((at, key));
        }
    }
}

fn write_cell(out: &mut String, kind: Kind, text: &str) {
    let plain = |b: u8| matches!(b, b' '..=b'\x7f') && b != b'"' && b != b'\\';
    if kind == Kind::Text && text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        write_wire(out, kind, text);
    }
}
