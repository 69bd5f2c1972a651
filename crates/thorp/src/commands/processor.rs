//! `thorp processor`: the processors one by one.

use std::io::{BufReader, BufWriter, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use model::{Json, Map};
use pipeline::context::{Context, Level, Observer};
use pipeline::definition::Definition;
use pipeline::processors::{PROCESSORS, find};
use pipeline::single::{self, Single, SingleError};
use serde_json::json;

use crate::cli::{Output, ProcessorCommand, ProcessorRunArgs};
use crate::console::{Coded, NotStarted};
use thorp::clock::SystemClock;

pub(crate) fn run(command: &ProcessorCommand, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        ProcessorCommand::List => list(output),
        ProcessorCommand::Show { name } => show(definition(name)?, output),
        ProcessorCommand::Run(args) => run_one(args)?,
    }
    Ok(super::DONE)
}

fn definition(name: &str) -> Result<&'static Definition, NotStarted> {
    find(name).ok_or_else(|| NotStarted {
        text: format!("there is no processor `{name}`"),
        help: Some("`thorp processor list` shows all".into()),
    })
}

fn list(output: Output) {
    let width = PROCESSORS.iter().map(|definition| definition.name.len()).max().unwrap_or(0);
    for definition in PROCESSORS {
        match output {
            Output::Text => println!("{:width$}  {}", definition.name, definition.summary),
            Output::Json => println!("{}", to_json(definition)),
        }
    }
}

fn show(definition: &Definition, output: Output) {
    if output == Output::Json {
        return println!("{}", to_json(definition));
    }
    println!("{}: {}", definition.name, definition.summary);
    if !definition.aliases.is_empty() {
        println!("Also called {}", definition.aliases.join(", "));
    }
    println!("\nParameters:");
    for parameter in definition.parameters {
        println!("  {} ({}; default: {})", parameter.name, parameter.form, parameter.default);
        println!("      {}", parameter.text);
    }
}

fn to_json(definition: &Definition) -> Json {
    let parameters: Vec<Json> = definition
        .parameters
        .iter()
        .map(|p| json!({"name": p.name, "form": p.form, "default": p.default, "text": p.text}))
        .collect();
    json!({
        "name": definition.name,
        "aliases": definition.aliases,
        "summary": definition.summary,
        "parameters": parameters,
    })
}

fn run_one(args: &ProcessorRunArgs) -> anyhow::Result<()> {
    let definition = definition(&args.name)?;
    let parameters: Map = serde_json::from_str(&args.parameters).map_err(|error| NotStarted {
        text: format!("--parameters is no JSON object: {error}"),
        help: Some("quote it for the shell: --parameters '{\"key\": 1}'".into()),
    })?;
    let mut ctx = Context::new(std::env::current_dir()?, Arc::new(SystemClock::new()));
    ctx.allow_large_archives = args.allow_large_archives;
    ctx.environment = Arc::new(std::env::vars().collect());
    ctx.observer = Arc::new(ToStderr);
    let single =
        Single { definition, parameters: &parameters, first: args.first, validate: args.validate };
    single::run(single, BufReader::new(stdin()), BufWriter::new(stdout()), &ctx).map_err(
        |error| match error {
            SingleError::Step(error) => Coded::redacted(&error, &ctx.redactor),
            SingleError::Commit(error) => Coded::redacted(&error, &ctx.redactor),
        },
    )?;
    Ok(())
}

/// Log lines of the step, as the steps of datapackage-pipelines write them.
#[derive(Debug)]
struct ToStderr;

impl Observer for ToStderr {
    fn log(&self, _: usize, level: Level, text: &str) {
        let level = match level {
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        };
        eprintln!("{level:8}:{text}");
    }
}
