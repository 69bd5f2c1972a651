//! What the columns of a result are in Table Schema, and their cells in our texts.

use std::sync::Arc;

use model::{Json, Map};
use tabular::cast::Caster;
use tabular::schema::{Field, FieldType};
use tabular::{Batch, Column, ColumnBuilder, Kind, Value};

use super::super::error::Told;

/// A column of a result.
#[derive(Debug)]
pub(crate) struct Shape {
    pub name: Arc<str>,
    pub field_type: FieldType,
    /// Numbers are doubles.
    pub is_double: bool,
    caster: Option<Caster>,
}

impl Shape {
    /// A column of `field_type`.
    pub(crate) fn new(name: &str, field_type: FieldType, is_double: bool) -> Self {
        // Plain fields have nothing that could be malformed.
        let caster = Caster::new(&Field::plain(name, field_type), &[]).ok();
        Self { name: name.into(), field_type, is_double, caster }
    }

    /// The field of Table Schema.
    pub(super) fn field(&self) -> Map {
        let mut field = Map::new();
        field.insert("name".into(), Json::from(&*self.name));
        field.insert("type".into(), self.field_type.name().into());
        if self.is_double {
            field.insert("floatNumber".into(), true.into());
        }
        field
    }

    /// The cells that `texts` mean. A text that is not of the type stays a text, so that whoever
    /// casts the rows can say where it is.
    pub(crate) fn column(&self, texts: Column) -> Column {
        let Some(caster) = &self.caster else { return texts };
        let is_typed =
            texts.kind() == Kind::Json || (self.is_double && texts.kind() == Kind::Float);
        if is_typed || self.field_type == FieldType::Any {
            return texts;
        }
        let cast = caster.cast(&texts);
        if cast.errors.is_empty() {
            return cast.column;
        }
        let mut failed = cast.errors.iter().map(|error| error.row).peekable();
        (0..texts.len())
            .map(|row| {
                if failed.next_if_eq(&row).is_some() {
                    texts.value(row)
                } else {
                    cast.column.value(row)
                }
            })
            .collect()
    }
}

/// Why columns of these names cannot be the fields of a resource, if they cannot.
pub(super) fn refusal(shapes: &[Shape]) -> Option<Told> {
    let mut names: Vec<&str> = shapes.iter().map(|shape| &*shape.name).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    })?;
    let text =
        format!("two columns of the result are called `{twice}`; name one of them with `AS`");
    Some(Told(text))
}

/// Collects rows cell by cell.
#[derive(Debug)]
pub(super) struct Rows {
    builders: Vec<ColumnBuilder>,
    count: usize,
    bytes: usize,
}

impl Rows {
    pub(super) fn new(width: usize) -> Self {
        let builders = std::iter::repeat_with(ColumnBuilder::default).take(width).collect();
        Self { builders, count: 0, bytes: 0 }
    }

    /// Adds a row; there are as many cells as columns.
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = Option<Value<'a>>>) {
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            self.bytes += cell.as_ref().map_or(0, |cell| cell.text.len());
            builder.push_value(cell.as_ref());
        }
        self.count += 1;
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Bytes of the texts so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The columns so far; nothing is left.
    pub(super) fn take(&mut self) -> (usize, Vec<Column>) {
        self.bytes = 0;
        let columns = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        (std::mem::take(&mut self.count), columns)
    }
}

/// The batch of these columns.
pub(super) fn batch(shapes: &[Shape], (rows, columns): (usize, Vec<Column>)) -> Batch {
    let columns = shapes
        .iter()
        .zip(columns)
        .map(|(shape, column)| (Arc::clone(&shape.name), shape.column(column)));
    Batch::new(rows, columns)
}

/// The text of a moment as our columns have it: `T` before the time, no zeros at the end of the
/// fraction, UTC unsaid.
pub(super) fn moment(text: &str) -> String {
    let text = text.replacen(' ', "T", 1);
    let text = text.strip_suffix("+00").or_else(|| text.strip_suffix("+00:00")).unwrap_or(&text);
    let text = text.strip_suffix('Z').unwrap_or(text);
    short_fraction(text)
}

/// `10:11:12` for `10:11:12.000`; offsets stay.
pub(super) fn short_fraction(text: &str) -> String {
    let Some((whole, rest)) = text.split_once('.') else { return text.to_owned() };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (fraction, offset) = rest.split_at(end);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}{offset}"),
        digits => format!("{whole}.{digits}{offset}"),
    }
}
