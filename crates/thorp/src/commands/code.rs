//! `thorp eval` and `thorp load`: code on every member.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use gateway::https::body::task::{
    Evaluation, Evaluations, Expression, Loaded, PatchQuery, Patches, RollBack,
};

use super::DONE;
use crate::cli::Output;
use crate::cli::code::LoadArgs;
use crate::client::Cluster;
use crate::console::{NotStarted, confirmed};
use crate::table::Table;

pub(crate) fn eval(
    cluster: &Cluster,
    expression: &str,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let wanted = Expression { expression: expression.to_owned() };
    let evaluations: Evaluations = cluster.post(&["evaluations"]).json(&wanted).read()?;
    for evaluation in &evaluations.members {
        match output {
            Output::Json => println!("{}", serde_json::to_string(evaluation)?),
            Output::Text => print(evaluation),
        }
    }
    let failed = evaluations.members.iter().any(|evaluation| evaluation.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { DONE })
}

fn print(evaluation: &Evaluation) {
    let Evaluation { member, text, error, log, .. } = evaluation;
    for line in log {
        eprintln!("[{member}] {line}");
    }
    match (text, error) {
        (_, Some(error)) => println!("[{member}] error: {}", error.text),
        (text, None) => println!("[{member}] {}", text.as_deref().unwrap_or_default()),
    }
}

pub(crate) fn load(cluster: &Cluster, args: &LoadArgs, output: Output) -> anyhow::Result<ExitCode> {
    if args.list {
        return list(cluster, output);
    }
    let loaded = match (&args.file, args.rollback) {
        (Some(file), _) => add(cluster, file)?,
        (None, to) => roll_back(cluster, to.unwrap_or_default(), args.yes)?,
    };
    for member in &loaded.behind {
        eprintln!("[{member}] did not answer; it follows before it takes work");
    }
    match output {
        Output::Json => println!("{}", serde_json::to_string(&loaded)?),
        Output::Text => println!("{}", loaded.number),
    }
    Ok(DONE)
}

fn add(cluster: &Cluster, file: &Path) -> anyhow::Result<Loaded> {
    let (name, source) = if file == Path::new("-") {
        let mut source = Vec::new();
        std::io::stdin().lock().read_to_end(&mut source)?;
        ("standard input".to_owned(), source)
    } else {
        let unread = |error| NotStarted {
            text: format!("failed to read `{}`: {error}", file.display()),
            help: None,
        };
        let name = file.file_name().unwrap_or(file.as_os_str());
        (name.to_string_lossy().into_owned(), std::fs::read(file).map_err(unread)?)
    };
    Ok(cluster.post(&["patches"]).query(&PatchQuery { name }).bytes(source).read()?)
}

fn roll_back(cluster: &Cluster, to: u64, yes: bool) -> anyhow::Result<Loaded> {
    if !yes && !confirmed(&format!("remove all that was loaded after number {to}?"))? {
        let text = "nothing was removed".to_owned();
        return Err(NotStarted { text, help: Some("pass --yes".to_owned()) }.into());
    }
    Ok(cluster.post(&["patches", "rollback"]).json(&RollBack { to }).read()?)
}

fn list(cluster: &Cluster, output: Output) -> anyhow::Result<ExitCode> {
    let Patches { patches } = cluster.get(&["patches"]).read()?;
    match output {
        Output::Json => {
            let mut out = std::io::stdout().lock();
            for patch in &patches {
                writeln!(out, "{}", serde_json::to_string(patch)?)?;
            }
        }
        Output::Text => {
            let mut table = Table::new(["number", "name", "bytes"]);
            for patch in &patches {
                let (number, bytes) = (patch.number.to_string(), patch.source.len().to_string());
                table.row([&number, &patch.name, &bytes]);
            }
            print!("{table}");
        }
    }
    Ok(DONE)
}
