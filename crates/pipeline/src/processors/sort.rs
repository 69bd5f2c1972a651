//! `sort`: the rows of a resource in the order of a key, stable, spilling beyond the memory bound.

use model::package::Package;
use model::{Json, Map};
use tabular::{Batch, Kind};

use crate::context::Context;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::format_string::FormatString;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};
use crate::python_text::text_of;
use crate::sorter::{Keys, Sorter};

pub(super) const DEFINITION: Definition = Definition {
    name: "sort",
    aliases: &[],
    summary: "Sorts the rows of resources",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "sort-by",
            form: "text or list",
            default: "required",
            text: "A format string (`{field}`, `{a}{b:03}`) or a list of fields. A bare field of numbers sorts as numbers, all else as text.",
        },
        Parameter {
            name: "reverse",
            form: "flag",
            default: "false",
            text: "The exact opposite order, equal keys included.",
        },
    ],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    Ok(Box::new(Sort {
        matcher: Matcher::parse("resources", parameters.get("resources"))?,
        key: SortKey::parse(parameters)?,
        reverse: parameters.flag("reverse", false)?,
        chosen: Vec::new(),
        memory_bytes: 0,
        sorter: None,
        resource: String::new(),
        by_number: Vec::new(),
    }))
}

#[derive(Debug)]
struct Sort {
    matcher: Matcher,
    key: SortKey,
    reverse: bool,
    chosen: Vec<String>,
    memory_bytes: usize,
    sorter: Option<Sorter>,
    resource: String,
    /// The resources whose key is a number.
    by_number: Vec<String>,
}

/// What rows are sorted by: parts that follow each other without a separator.
#[derive(Debug)]
struct SortKey(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// A bare field: numbers compare as numbers.
    Field(String),
    /// A replacement field with a format or conversion: text.
    Format(String, FormatString),
}

impl SortKey {
    fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        match parameters.get("sort_by") {
            Some(Json::String(text)) => Self::of_format(text),
            Some(Json::Array(_)) => {
                let fields = parameters.texts("sort_by")?.unwrap_or_default();
                Ok(Self(fields.into_iter().map(Part::Field).collect()))
            }
            Some(other) => {
                let problem =
                    format!("expected a format string or a list of fields, found `{other}`");
                Err(StepError::parameter("sort-by", problem))
            }
            None => Err(StepError::parameter("sort-by", "is required")),
        }
    }

    /// Only the replacement fields of a format string count; text between them does not.
    fn of_format(text: &str) -> Result<Self, StepError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('{') {
            let Some((inner, after)) = after.split_once('}') else { break };
            let field = inner.split(['!', ':']).next().unwrap_or(inner);
            parts.push(if field == inner {
                Part::Field(field.to_owned())
            } else {
                let format = FormatString::parse(&format!("{{{inner}}}"))
                    .map_err(|error| StepError::parameter("sort-by", error.to_string()))?;
                Part::Format(field.to_owned(), format)
            });
            rest = after;
        }
        if parts.is_empty() {
            let problem = format!("`{text}` names no field; write `{{{text}}}`");
            return Err(StepError::parameter("sort-by", problem));
        }
        Ok(Self(parts))
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|part| match part {
            Part::Field(field) | Part::Format(field, _) => field.as_str(),
        })
    }

    /// Whether the key is one field that `resource` declares to be a number.
    fn is_number(&self, resource: &Map) -> bool {
        let [Part::Field(key)] = self.0.as_slice() else { return false };
        let field = model::package::fields(resource).find(|f| model::package::name(f) == key);
        let kind = field.and_then(|field| field.get("type")).and_then(Json::as_str);
        matches!(kind, Some("integer" | "number" | "year"))
    }

    /// The keys of the rows; with `compact` those of numbers have eight bytes.
    fn keys(&self, batch: &Batch, compact: bool) -> Result<Keys, StepError> {
        let mut keys = Keys::with_capacity(batch.rows());
        if let ([Part::Field(field)], true) = (self.0.as_slice(), compact) {
            let column = batch.column(field);
            for row in 0..batch.rows() {
                let value = column.and_then(|column| column.value(row));
                keys.push_with(|key| match value {
                    None => key.extend_from_slice(&NULL_AMONG_NUMBERS),
                    Some(value) => match number(value.kind, &value.text) {
                        Some(number) => key.extend_from_slice(&ordered_bits(number).to_be_bytes()),
                        None => key.extend_from_slice(text_of(value.kind, &value.text).as_bytes()),
                    },
                });
            }
            return Ok(keys);
        }
        let mut text = String::new();
        for row in 0..batch.rows() {
            text.clear();
            for part in &self.0 {
                part.render(batch, row, &mut text)?;
            }
            keys.push(text.as_bytes());
        }
        Ok(keys)
    }
}

impl Part {
    fn render(&self, batch: &Batch, row: usize, out: &mut String) -> Result<(), StepError> {
        match self {
            Self::Format(_, format) => format.render(batch, row, out),
            Self::Field(field) => {
                match batch.column(field).and_then(|column| column.value(row)) {
                    None => out.push_str("None"),
                    Some(value) => match number(value.kind, &value.text) {
                        Some(number) => out.push_str(&format!("{:016x}", ordered_bits(number))),
                        None => out.push_str(&text_of(value.kind, &value.text)),
                    },
                }
                Ok(())
            }
        }
    }
}

/// Where null stands among numbers: as the text `None` among hexadecimal digits, after those
/// that begin with 9 and before those that begin with a; so after 0 and before all usual
/// positive numbers. Longer than any number, so none is equal.
const NULL_AMONG_NUMBERS: [u8; 9] = [0x9f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

fn number(kind: Kind, text: &str) -> Option<f64> {
    match kind {
        Kind::Integer | Kind::Number | Kind::Float => text.parse().ok(),
        Kind::Boolean => Some(if text == "true" { 1.0 } else { 0.0 }),
        _ => None,
    }
}

/// Bits that compare as the numbers do: the sign bit turned over, and for negative numbers all
/// others too (IEEE 754 totalOrder). Minus zero is not below zero and so comes before them all.
fn ordered_bits(number: f64) -> u64 {
    let bits = number.to_bits();
    if number < 0.0 { !bits } else { bits ^ (1 << 63) }
}

impl Processor for Sort {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        self.chosen = self.matcher.names(&package);
        self.memory_bytes = ctx.memory_bytes;
        for name in &self.chosen {
            let Some(resource) = package.resource(name) else { continue };
            if !model::package::is_streaming(resource) {
                continue;
            }
            if self.key.is_number(resource) {
                self.by_number.push(name.clone());
            }
            let fields = crate::processor::field_names(resource);
            if let Some(missing) =
                self.key.fields().find(|field| !fields.iter().any(|other| other == field))
            {
                let problem = format!("has no field `{missing}` to sort by");
                return Err(StepError::resource(name, problem));
            }
        }
        crate::defaults::apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        resource.clone_into(&mut self.resource);
        self.sorter = self
            .chosen
            .iter()
            .any(|name| name == resource)
            .then(|| Sorter::new(self.memory_bytes).reversed(self.reverse));
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        match &mut self.sorter {
            Some(sorter) => {
                let keys = self.key.keys(&batch, self.by_number.contains(&self.resource))?;
                sorter.push(&batch, keys)
            }
            None => out.rows(batch),
        }
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(sorter) = self.sorter.take() {
            sorter.drain(|batch| out.rows(batch))?;
        }
        out.close()
    }
}
