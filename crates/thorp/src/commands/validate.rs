//! `thorp validate`: what is wrong with a data package, a resource or a table.

use std::process::ExitCode;
use std::sync::Arc;

use pipeline::context::Context;
use pipeline::validation::{Options, Report, ValidateError, validate};

use crate::cli::{Output, ValidateArgs};
use crate::console::{Coded, NotStarted};
use thorp::clock::SystemClock;

pub(crate) fn run(args: &ValidateArgs, output: Output) -> anyhow::Result<ExitCode> {
    if let Some(schema) = args.schema.as_ref().filter(|schema| !schema.exists()) {
        let text = format!("schema `{}` does not exist", schema.display());
        return Err(NotStarted { text, help: None }.into());
    }
    let mut ctx = Context::new(std::env::current_dir()?, Arc::new(SystemClock::new()));
    ctx.allow_large_archives = args.allow_large_archives;
    let options = Options {
        schema: args.schema.as_ref().map(|schema| schema.display().to_string()),
        errors_max: args.limit_errors,
    };
    let report = validate(&args.path, &options, &ctx).map_err(failed)?;
    match output {
        Output::Json => println!("{}", report.to_json()),
        Output::Text => print_text(&report),
    }
    Ok(if report.is_valid() { super::DONE } else { ExitCode::FAILURE })
}

fn failed(error: ValidateError) -> anyhow::Error {
    if error.is_not_found() {
        let help = model::fault::Fault::help(&error);
        return NotStarted { text: error.to_string(), help }.into();
    }
    Coded::new(error).into()
}

fn print_text(report: &Report) {
    for finding in &report.findings {
        println!("{}", printable(&finding.to_string()));
    }
    let shown = u64::try_from(report.findings.len()).unwrap_or(u64::MAX);
    if report.total > shown {
        println!("and {} more", report.total - shown);
    }
    let rows: u64 = report.tables.iter().map(|table| table.rows).sum();
    let looked_at = format!("{} in {}", count(rows, "row"), count(resources(report), "resource"));
    if report.is_valid() {
        println!("valid: {looked_at}");
    } else {
        let bad = report.tables.iter().filter(|table| table.errors > 0).count();
        let bad = u64::try_from(bad).unwrap_or(u64::MAX);
        let place =
            if bad == 0 { String::new() } else { format!(" in {}", count(bad, "resource")) };
        println!("{}{place}: {looked_at}", count(report.total, "error"));
    }
}

/// One line that does nothing to a terminal, whatever the data holds.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn resources(report: &Report) -> u64 {
    u64::try_from(report.tables.len()).unwrap_or(u64::MAX)
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
