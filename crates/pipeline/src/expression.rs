//! Conditions on a row: `amount >= 0 and (name is not null or id = 7)`.
//!
//! As in SQL, a comparison with null is neither true nor false, and a condition that is not false
//! holds. Numbers compare by value and exactly, all else by text.

mod parse;

use std::cmp::Ordering;

use tabular::cast::decimal::Decimal;
use tabular::{Batch, Kind, Value};

use crate::python_text::text_of;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    source: String,
    node: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Compare(Operand, Operator, Operand),
    IsNull(Operand),
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Field(String),
    Literal(Value<'static>),
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{source_text}` is no condition: {problem}")]
pub struct ExpressionError {
    pub source_text: String,
    pub problem: String,
}

impl Expression {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// [`ExpressionError`] says what was expected where.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let node = parse::parse(text)
            .map_err(|problem| ExpressionError { source_text: text.to_owned(), problem })?;
        Ok(Self { source: text.to_owned(), node })
    }

    /// The condition as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The fields that it looks at, in the order of their names.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        self.node.fields(&mut fields);
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Whether row `row` fulfils it; `None` when nulls leave that open.
    pub fn holds(&self, batch: &Batch, row: usize) -> Option<bool> {
        self.node.holds(batch, row)
    }
}

impl Node {
    fn fields<'n>(&'n self, into: &mut Vec<&'n str>) {
        let mut operand = |operand: &'n Operand| {
            if let Operand::Field(name) = operand {
                into.push(name);
            }
        };
        match self {
            Self::Any(nodes) | Self::All(nodes) => nodes.iter().for_each(|node| node.fields(into)),
            Self::Not(node) => node.fields(into),
            Self::IsNull(value) => operand(value),
            Self::Compare(left, _, right) => {
                operand(left);
                operand(right);
            }
        }
    }

    fn holds(&self, batch: &Batch, row: usize) -> Option<bool> {
        match self {
            Self::Not(node) => node.holds(batch, row).map(|held| !held),
            Self::IsNull(operand) => Some(operand.value(batch, row).is_none()),
            Self::All(nodes) => combined(nodes, batch, row, false),
            Self::Any(nodes) => combined(nodes, batch, row, true),
            Self::Compare(left, operator, right) => {
                let (left, right) = (left.value(batch, row)?, right.value(batch, row)?);
                Some(operator.accepts(compare(&left, &right)))
            }
        }
    }
}

/// The one value that decides when a part has it; open when no part decides and one is open.
fn combined(nodes: &[Node], batch: &Batch, row: usize, deciding: bool) -> Option<bool> {
    let mut result = Some(!deciding);
    for node in nodes {
        match node.holds(batch, row) {
            Some(held) if held == deciding => return Some(deciding),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

impl Operand {
    fn value<'v>(&'v self, batch: &'v Batch, row: usize) -> Option<Value<'v>> {
        match self {
            Self::Field(name) => batch.column(name)?.value(row),
            Self::Literal(value) => Some(value.clone()),
            Self::Null => None,
        }
    }
}

impl Operator {
    fn accepts(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// Numbers by value; a text against a number by value when it reads as one. NaN has no order.
fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    let number = |value: &Value<'_>| {
        matches!(value.kind, Kind::Integer | Kind::Number | Kind::Float | Kind::Text)
            .then(|| Decimal::parse(&value.text))
            .flatten()
    };
    if (left.kind != Kind::Text || right.kind != Kind::Text)
        && let (Some(left), Some(right)) = (number(left), number(right))
    {
        return left.compare(&right);
    }
    Some(text_of(left.kind, &left.text).cmp(&text_of(right.kind, &right.text)))
}

#[cfg(test)]
mod tests;
