//! The Table Schema fields that an Arrow schema declares.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use model::{Json, Map};

use crate::format::ReadError;
use crate::limits::NESTING_MAX;

/// See [`super::fields`].
pub(super) fn fields(schema: &Schema) -> Vec<Map> {
    schema.fields().iter().map(|field| descriptor(field)).collect()
}

/// See [`super::arrow_names`].
pub(super) fn names(schema: &Schema, format: &'static str) -> Result<Vec<Arc<str>>, ReadError> {
    let mut names: Vec<Arc<str>> = Vec::with_capacity(schema.fields().len());
    let mut seen = BTreeSet::new();
    for field in schema.fields() {
        if !seen.insert(field.name()) {
            let problem = format!("two columns are called `{}`; rename one", field.name());
            return Err(ReadError::Format { format, problem });
        }
        if depth(field.data_type()) > NESTING_MAX {
            let problem = format!(
                "column `{}` is nested deeper than {NESTING_MAX} levels; flatten it first",
                field.name()
            );
            return Err(ReadError::Format { format, problem });
        }
        names.push(field.name().as_str().into());
    }
    Ok(names)
}

fn depth(data_type: &DataType) -> usize {
    let inner = match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::Map(item, _) => Some(depth(item.data_type())),
        DataType::Struct(fields) => fields.iter().map(|field| depth(field.data_type())).max(),
        DataType::Dictionary(_, values) => Some(depth(values)),
        _ => None,
    };
    inner.map_or(0, |levels| levels + 1)
}

fn descriptor(field: &Field) -> Map {
    let (field_type, format) = declared(field.data_type());
    let mut descriptor = Map::new();
    descriptor.insert("name".into(), Json::from(field.name().as_str()));
    descriptor.insert("type".into(), Json::from(field_type));
    descriptor.insert("format".into(), Json::from(format));
    if field.data_type().is_floating() {
        descriptor.insert("floatNumber".into(), Json::from(true));
    }
    descriptor
}

fn declared(data_type: &DataType) -> (&'static str, &'static str) {
    let field_type = match data_type {
        DataType::Dictionary(_, values) => return declared(values),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => return ("string", "binary"),
        DataType::Boolean => "boolean",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Timestamp(..) => "datetime",
        DataType::Duration(_) | DataType::Interval(_) => "duration",
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => "array",
        DataType::Struct(_) | DataType::Map(..) => "object",
        integer if integer.is_integer() => "integer",
        number if number.is_numeric() => "number",
        _ => "string",
    };
    (field_type, "default")
}
