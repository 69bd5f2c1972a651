//! Keys that hold over all rows: unique values, primary keys, references between resources.
//!
//! Rows are sorted by their keys, beyond a bound of memory on disk, so that equal keys meet.
//! The answer is exact, however many rows there are.

mod encode;
mod foreign;
mod unique;

use std::collections::{BTreeMap, BTreeSet};

use tabular::schema::{ForeignKey, Rule, Schema};
use tabular::{Batch, Column, Kind, Value};

use crate::error::StepError;

pub use foreign::ForeignCheck;
pub use unique::UniqueCheck;

/// The column with the numbers of the rows, under a name that no field has.
const ROW: &str = "\0row";

/// A row whose key breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub resource: String,
    pub row: u64,
    /// The fields of the key.
    pub fields: Vec<String>,
    /// Their values as they were written.
    pub value: String,
    pub rule: Rule,
    pub text: String,
}

/// Takes violations as they are found.
pub type Report<'r> = dyn FnMut(Violation) -> Result<(), StepError> + 'r;

/// The keys of the resources of a package.
#[derive(Debug, Default)]
pub struct PackageKeys {
    unique: BTreeMap<String, Vec<UniqueCheck>>,
    foreign: Vec<ForeignCheck>,
}

/// Rows of one resource, with their numbers.
#[derive(Debug)]
pub struct Rows<'b> {
    batch: Batch,
    /// Cells that are null because they were wrong: field and row within the batch.
    broken: &'b [(String, usize)],
}

impl<'b> Rows<'b> {
    /// The rows of `batch`; the first has the number `first`.
    pub fn new(batch: &Batch, first: u64, broken: &'b [(String, usize)]) -> Self {
        let numbers: Column = (first..)
            .take(batch.rows())
            .map(|number| Some(Value::new(Kind::Integer, number.to_string())))
            .collect();
        Self::numbered(batch, numbers, broken)
    }

    /// The rows of `batch` with the column of their numbers.
    pub fn numbered(batch: &Batch, numbers: Column, broken: &'b [(String, usize)]) -> Self {
        let mut batch = batch.clone();
        batch.set(ROW, numbers);
        Self { batch, broken }
    }

    /// The rows in which a cell of the key was wrong.
    fn broken_rows(&self, fields: &[String]) -> BTreeSet<usize> {
        let of_key = self.broken.iter().filter(|(field, _)| fields.contains(field));
        of_key.map(|(_, row)| *row).collect()
    }
}

impl PackageKeys {
    /// The keys that `schemas` (by resource) declare, within `memory_bytes` altogether.
    ///
    /// References to resources that are not among them, and to other packages, cannot be checked
    /// and are left out.
    pub fn new(schemas: &[(String, Schema)], memory_bytes: usize) -> Self {
        let known = |name: &str| schemas.iter().any(|(other, _)| other == name);
        let mut unique = BTreeMap::new();
        let mut foreign = Vec::new();
        for (resource, schema) in schemas {
            let checks: Vec<UniqueCheck> = unique_keys(schema)
                .map(|(rule, fields)| UniqueCheck::new(resource, rule, fields))
                .collect();
            unique.insert(resource.clone(), checks);
            let keys = schema.foreign_keys.iter().filter(|key| {
                key.package.is_none()
                    && key.fields.len() == key.reference_fields.len()
                    && key.resource.as_deref().is_none_or(known)
            });
            foreign.extend(keys.map(|key: &ForeignKey| ForeignCheck::new(resource, key)));
        }
        let count = unique.values().map(Vec::len).sum::<usize>() + foreign.len();
        let each = memory_bytes / count.max(1);
        unique.values_mut().flatten().for_each(|check| check.bound(each));
        foreign.iter_mut().for_each(|check| check.bound(each));
        Self { unique, foreign }
    }

    /// Whether rows of `resource` are of any interest.
    pub fn concern(&self, resource: &str) -> bool {
        self.unique.get(resource).is_some_and(|checks| !checks.is_empty())
            || self.foreign.iter().any(|check| check.concerns(resource))
    }

    /// Takes rows of `resource`.
    ///
    /// # Errors
    ///
    /// When rows cannot be written to a temporary file.
    pub fn push(&mut self, resource: &str, rows: &Rows<'_>) -> Result<(), StepError> {
        for check in self.unique.get_mut(resource).into_iter().flatten() {
            check.push(rows)?;
        }
        self.foreign.iter_mut().try_for_each(|check| check.push(resource, rows))
    }

    /// All rows of `resource` were given: reports those that are not unique.
    ///
    /// # Errors
    ///
    /// When a temporary file fails, and whatever `report` fails with.
    pub fn close(&mut self, resource: &str, report: &mut Report<'_>) -> Result<(), StepError> {
        let checks = self.unique.remove(resource).unwrap_or_default();
        checks.into_iter().try_for_each(|check| check.finish(report))
    }

    /// Not all rows of `resource` can be had: what depends on them is not checked.
    pub fn forget(&mut self, resource: &str) {
        self.unique.remove(resource);
        self.foreign.retain(|check| !check.refers_to(resource));
    }

    /// All rows of all resources were given: reports references that lead nowhere.
    ///
    /// # Errors
    ///
    /// As [`PackageKeys::close`].
    pub fn finish(self, report: &mut Report<'_>) -> Result<(), StepError> {
        self.foreign.into_iter().try_for_each(|check| check.finish(report))
    }
}

/// The first reference of `schema` that leads into another package, as a sentence. Nothing outside
/// a package is fetched because its descriptor says so.
pub fn reference_outside(schema: &Schema) -> Option<String> {
    let outside = |key: &ForeignKey| {
        let package = key.package.as_ref()?;
        Some(format!(
            "`{}` refers to the package `{package}`; references to other packages are not checked",
            key.fields.join(", ")
        ))
    };
    schema.foreign_keys.iter().find_map(outside)
}

/// What to do about it.
pub const OUTSIDE_FIX: &str = "put both resources into one package, or remove the foreign key";

/// Every list of fields whose values may not come twice, with the rule that says so.
fn unique_keys(schema: &Schema) -> impl Iterator<Item = (Rule, Vec<String>)> {
    let primary = Some(&schema.primary_key).filter(|fields| !fields.is_empty());
    let fields = schema.fields.iter().filter(|field| field.constraints.unique);
    let single = fields.map(|field| (Rule::Unique, vec![field.name.clone()]));
    let keys = schema.unique_keys.iter().filter(|fields| !fields.is_empty());
    let primary = primary.into_iter().map(|fields| (Rule::PrimaryKey, fields.clone()));
    primary.chain(keys.map(|fields| (Rule::UniqueKeys, fields.clone()))).chain(single)
}

#[cfg(test)]
mod tests;
