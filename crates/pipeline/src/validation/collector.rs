//! What was found: kept up to a limit, counted beyond.

use std::fmt;

use model::{Json, Map};
use serde_json::json;
use tabular::profile::Problem;

use crate::error::StepError;
use crate::keys::Violation;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    pub resource: Option<String>,
    /// 1-based; the header is not counted.
    pub row: Option<u64>,
    /// The field, or the fields of a key separated by commas.
    pub field: Option<String>,
    /// The cell as it was written.
    pub value: Option<String>,
    /// The property of the descriptor that is wrong.
    pub property: Option<String>,
    pub rule: String,
    pub text: String,
    /// What to do.
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn descriptor(rule: &str, text: String) -> Self {
        Self { rule: rule.to_owned(), text, ..Self::default() }
    }

    /// Of a resource as a whole.
    pub(super) fn resource(resource: &str, rule: &str, text: String) -> Self {
        Self { resource: Some(resource.to_owned()), ..Self::descriptor(rule, text) }
    }

    /// As JSON, with null for what does not apply.
    pub fn to_json(&self) -> Json {
        json!({
            "resource": self.resource,
            "row": self.row,
            "field": self.field,
            "value": self.value,
            "property": self.property,
            "rule": self.rule,
            "text": self.text,
            "fix": self.fix,
        })
    }
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        Self {
            resource: problem.resource,
            property: Some(problem.property),
            rule: problem.rule.to_owned(),
            text: problem.text,
            fix: Some(problem.fix),
            ..Self::default()
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = [
            self.resource.as_ref().map(|resource| format!("resource `{resource}`")),
            self.row.map(|row| format!("row {row}")),
            self.field.as_ref().map(|field| format!("field `{field}`")),
            self.property.as_ref().map(|property| format!("property `{property}`")),
        ];
        let places: Vec<String> = places.into_iter().flatten().collect();
        if !places.is_empty() {
            write!(f, "{}: ", places.join(", "))?;
        }
        f.write_str(&self.text)?;
        if let Some(fix) = &self.fix {
            write!(f, "; {fix}")?;
        }
        write!(f, " ({})", self.rule)
    }
}

/// What a validation has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// In the order of the resources and their rows.
    pub findings: Vec<Finding>,
    /// How many there are, those beyond the limit included.
    pub total: u64,
    pub tables: Vec<TableStats>,
}

/// One resource in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableStats {
    pub resource: String,
    pub rows: u64,
    pub errors: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.total == 0
    }

    /// `{valid, errors, stats}`.
    pub fn to_json(&self) -> Json {
        let tables: Vec<Json> = self
            .tables
            .iter()
            .map(|t| json!({"resource": t.resource, "rows": t.rows, "errors": t.errors}))
            .collect();
        let mut json = Map::new();
        json.insert("valid".into(), self.is_valid().into());
        json.insert("errors".into(), self.findings.iter().map(Finding::to_json).collect());
        let stats = json!({
            "errors": self.total,
            "errors_shown": self.findings.len(),
            "rows": self.tables.iter().map(|table| table.rows).sum::<u64>(),
            "resources": tables,
        });
        json.insert("stats".into(), stats);
        Json::Object(json)
    }
}

/// Collects findings.
#[derive(Debug)]
pub(super) struct Collector {
    errors_max: usize,
    /// With the place of the resource in the package.
    findings: Vec<(usize, Finding)>,
    total: u64,
    tables: Vec<TableStats>,
}

impl Collector {
    pub(super) fn new(errors_max: usize) -> Self {
        Self { errors_max, findings: Vec::new(), total: 0, tables: Vec::new() }
    }

    /// The rows of resource number `order` come.
    pub(super) fn begin(&mut self, order: usize, resource: &str) {
        let errors = self.findings.iter().filter(|(of, f)| *of == order && f.resource.is_some());
        let errors = u64::try_from(errors.count()).unwrap_or(u64::MAX);
        self.tables.push(TableStats { resource: resource.to_owned(), rows: 0, errors });
    }

    /// Rows of resource number `order` were seen.
    pub(super) fn count(&mut self, order: usize, rows: u64) {
        if let Some(table) = self.tables.get_mut(order) {
            table.rows += rows;
        }
    }

    pub(super) fn add(&mut self, order: usize, finding: Finding) {
        self.total += 1;
        if finding.resource.is_some()
            && let Some(table) = self.tables.get_mut(order)
        {
            table.errors += 1;
        }
        if self.findings.len() < self.errors_max {
            self.findings.push((order, finding));
        }
    }

    pub(super) fn violation(
        &mut self,
        order: usize,
        violation: Violation,
    ) -> Result<(), StepError> {
        let finding = Finding {
            row: Some(violation.row),
            field: Some(violation.fields.join(", ")),
            value: Some(violation.value),
            ..Finding::resource(&violation.resource, violation.rule.name(), violation.text)
        };
        self.add(order, finding);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Report {
        self.findings.sort_by_key(|(order, finding)| {
            let of_package = finding.resource.is_none();
            (!of_package, *order, finding.row.unwrap_or(0))
        });
        let findings = self.findings.into_iter().map(|(_, finding)| finding).collect();
        Report { findings, total: self.total, tables: self.tables }
    }
}
