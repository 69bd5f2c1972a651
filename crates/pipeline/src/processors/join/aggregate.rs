//! What becomes of the values of a field over all rows with the same key.

use std::cmp::Ordering;

use tabular::cast::decimal::Decimal;
use tabular::{Kind, Value};

/// How values with the same key become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Avg,
    Median,
    Min,
    Max,
    First,
    Last,
    Any,
    Count,
    Set,
    Array,
    Counters,
}

impl Aggregate {
    pub(super) const WORDS: &str =
        "sum, avg, median, min, max, first, last, any, count, set, array or counters";

    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "sum" => Self::Sum,
            "avg" => Self::Avg,
            "median" => Self::Median,
            "min" => Self::Min,
            "max" => Self::Max,
            "first" => Self::First,
            "last" => Self::Last,
            "any" => Self::Any,
            "count" => Self::Count,
            "set" => Self::Set,
            "array" => Self::Array,
            "counters" => Self::Counters,
            _ => return None,
        })
    }

    /// The type of the result, when it is not that of the source field.
    pub(super) fn own_type(self) -> Option<&'static str> {
        match self {
            Self::Count => Some("integer"),
            Self::Set | Self::Array | Self::Counters => Some("array"),
            _ => None,
        }
    }

    /// Whether the result has the other properties of the source field too.
    pub(super) fn copies_properties(self) -> bool {
        matches!(self, Self::Median | Self::First | Self::Last | Self::Any)
    }
}

/// The values of one key so far.
#[derive(Debug, Clone)]
pub(super) enum State {
    Count(u64),
    Sum(Option<Value<'static>>),
    Avg(u64, Option<Value<'static>>),
    One(Option<Value<'static>>),
    /// Median, set and array: the values in order.
    List(Vec<Value<'static>>),
    Counters(Vec<(Value<'static>, u64)>),
}

/// Values that cannot be aggregated so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("values like `{value}` have no {what}")]
pub(super) struct AggregateError {
    value: String,
    what: &'static str,
}

impl State {
    pub(super) fn new(aggregate: Aggregate) -> Self {
        match aggregate {
            Aggregate::Count => Self::Count(0),
            Aggregate::Sum => Self::Sum(None),
            Aggregate::Avg => Self::Avg(0, None),
            Aggregate::Median | Aggregate::Set | Aggregate::Array => Self::List(Vec::new()),
            Aggregate::Counters => Self::Counters(Vec::new()),
            _ => Self::One(None),
        }
    }

    /// Takes a value; null only counts for `count` without a field.
    pub(super) fn add(
        &mut self,
        aggregate: Aggregate,
        value: Value<'_>,
    ) -> Result<(), AggregateError> {
        match self {
            Self::Count(count) => *count += 1,
            Self::Sum(total) => *total = Some(sum(total.take(), value)?),
            Self::Avg(count, total) => {
                *count += 1;
                *total = Some(sum(total.take(), value)?);
            }
            Self::One(held) => {
                let replaces = match held {
                    None => true,
                    Some(held) => match aggregate {
                        Aggregate::Min => compare(&value, held).is_lt(),
                        Aggregate::Max => compare(&value, held).is_gt(),
                        Aggregate::First => false,
                        _ => true,
                    },
                };
                if replaces {
                    *held = Some(value.into_owned());
                }
            }
            Self::List(values) => {
                if aggregate != Aggregate::Set || !values.contains(&value) {
                    values.push(value.into_owned());
                }
            }
            Self::Counters(counts) => {
                for value in elements(value) {
                    match counts.iter_mut().find(|(other, _)| *other == value) {
                        Some((_, count)) => *count += 1,
                        None => counts.push((value, 1)),
                    }
                }
            }
        }
        Ok(())
    }

    /// The result; `None` is null.
    pub(super) fn finish(
        self,
        aggregate: Aggregate,
    ) -> Result<Option<Value<'static>>, AggregateError> {
        match self {
            Self::Count(count) => Ok(Some(Value::new(Kind::Integer, count.to_string()))),
            Self::Sum(total) | Self::One(total) => Ok(total),
            Self::Avg(count, total) => {
                total.map(|total| divide(&total, count, "average")).transpose()
            }
            Self::List(values) if aggregate == Aggregate::Median => median(values),
            Self::List(values) => Ok(Some(json_list(&values))),
            Self::Counters(mut counts) => {
                counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                let pairs: Vec<Value<'static>> = counts
                    .into_iter()
                    .map(|(value, count)| {
                        json_list(&[value, Value::new(Kind::Integer, count.to_string())])
                    })
                    .collect();
                Ok(Some(json_list(&pairs)))
            }
        }
    }
}

fn sum(total: Option<Value<'static>>, value: Value<'_>) -> Result<Value<'static>, AggregateError> {
    let Some(total) = total else { return Ok(value.into_owned()) };
    let kind = match (total.kind, value.kind) {
        (Kind::Text, Kind::Text) => {
            return Ok(Value::new(Kind::Text, total.text.into_owned() + &value.text));
        }
        (Kind::Float, _) | (_, Kind::Float) => Kind::Float,
        (Kind::Number, _) | (_, Kind::Number) => Kind::Number,
        (Kind::Integer, Kind::Integer) => Kind::Integer,
        _ => return Err(AggregateError { value: value.text.into_owned(), what: "sum" }),
    };
    if kind == Kind::Float {
        let parse = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        let float = model::python::float_text(parse(&total.text) + parse(&value.text));
        return Ok(Value::new(kind, float));
    }
    let (Some(a), Some(b)) = (Decimal::parse(&total.text), Decimal::parse(&value.text)) else {
        return Err(AggregateError { value: value.text.into_owned(), what: "sum" });
    };
    let sum = if kind == Kind::Integer { a.add_exact(&b) } else { a.add(&b) };
    Ok(Value::new(kind, sum.to_string()))
}

/// `total / count` as Python divides: integers give a float, decimals a decimal.
fn divide(
    total: &Value<'_>,
    count: u64,
    what: &'static str,
) -> Result<Value<'static>, AggregateError> {
    let wrong = || AggregateError { value: total.text.clone().into_owned(), what };
    match total.kind {
        Kind::Number => {
            let divisor = Decimal::from(i128::from(count));
            let quotient = Decimal::parse(&total.text).and_then(|d| d.divide(&divisor));
            quotient.map(|d| Value::new(Kind::Number, d.to_string())).ok_or_else(wrong)
        }
        Kind::Integer | Kind::Float => {
            let dividend: f64 = total.text.parse().map_err(|_| wrong())?;
            let divisor: f64 = count.to_string().parse().map_err(|_| wrong())?;
            let quotient = model::python::float_text(dividend / divisor);
            Ok(Value::new(Kind::Float, quotient))
        }
        _ => Err(wrong()),
    }
}

/// The middle value; between the two middle ones their mean, or of texts the lower one.
fn median(mut values: Vec<Value<'static>>) -> Result<Option<Value<'static>>, AggregateError> {
    values.sort_by(compare);
    let middle = values.len() / 2;
    let Some(upper) = values.get(middle) else { return Ok(None) };
    if !values.len().is_multiple_of(2) {
        return Ok(Some(upper.clone()));
    }
    let Some(lower) = middle.checked_sub(1).and_then(|at| values.get(at)) else { return Ok(None) };
    if !matches!(lower.kind, Kind::Integer | Kind::Number | Kind::Float) {
        return Ok(Some(lower.clone()));
    }
    divide(&sum(Some(lower.clone()), upper.clone())?, 2, "median").map(Some)
}

/// Numbers by value, all else by text.
pub(super) fn compare(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    let is_number = |kind| matches!(kind, Kind::Integer | Kind::Number | Kind::Float);
    if is_number(a.kind) && is_number(b.kind) {
        let (a, b) = (Decimal::parse(&a.text), Decimal::parse(&b.text));
        return match (a, b) {
            (Some(a), Some(b)) => a.compare(&b).unwrap_or(Ordering::Equal),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
    }
    a.text.cmp(&b.text)
}

/// The elements of an array, or the value itself.
fn elements(value: Value<'_>) -> Vec<Value<'static>> {
    if value.kind == Kind::Json
        && let Ok(items) =
            serde_json::from_str::<Vec<Box<serde_json::value::RawValue>>>(&value.text)
    {
        return items
            .iter()
            .filter_map(|item| Value::from_wire(item.get()).map(Value::into_owned))
            .collect();
    }
    vec![value.into_owned()]
}

fn json_list(values: &[Value<'_>]) -> Value<'static> {
    let mut json = String::from("[");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            json.push_str(", ");
        }
        value.write_wire(&mut json);
    }
    json.push(']');
    Value::new(Kind::Json, json)
}
