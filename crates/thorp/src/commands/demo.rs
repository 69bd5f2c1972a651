//! `thorp demo`: the flights example, out of the binary, in a folder of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use model::Map;
use pipeline::context::Context;
use pipeline::table_source;
use tabular::Batch;

use crate::cli::{Cli, Command, DemoArgs, Output, RunArgs};
use thorp::clock::SystemClock;

/// The files of the example, one by one: what a run leaves in its folder stays out of the binary.
const FLIGHTS: [(&str, &[u8]); 4] = [
    ("README.md", include_bytes!("../../../../examples/flights/README.md")),
    ("pipeline-spec.yaml", include_bytes!("../../../../examples/flights/pipeline-spec.yaml")),
    ("data/airports.csv", include_bytes!("../../../../examples/flights/data/airports.csv")),
    (
        "data/flights-airport.csv",
        include_bytes!("../../../../examples/flights/data/flights-airport.csv"),
    ),
];

/// Rows of a table that are shown.
const SHOWN_ROWS: usize = 5;

/// Characters of a cell that are shown.
const SHOWN_CHARS: usize = 24;

pub(crate) fn run(args: &DemoArgs, output: Output) -> anyhow::Result<ExitCode> {
    let folder = match &args.keep {
        Some(folder) => folder.clone(),
        None => tempfile::Builder::new().prefix("thorp-demo-").tempdir()?.keep(),
    };
    std::fs::create_dir_all(folder.join("data"))?;
    for (path, bytes) in FLIGHTS {
        std::fs::write(folder.join(path), bytes)?;
    }
    eprintln!(
        "All flights within the United States in 2008, by pair of airports (public domain data)."
    );
    eprintln!("The pipelines are in {}\n", folder.join("pipeline-spec.yaml").display());
    let code = super::run::run(&run_args(&folder), output)?;
    if code != super::DONE || output == Output::Json {
        return Ok(code);
    }
    for table in ["out/routes/routes.csv", "out/airports/airports.csv"] {
        show(&folder, table)?;
    }
    println!("\nEverything is in {}:", folder.join("out").display());
    for path in ["routes/", "parquet/", "routes.zip", "airports/", "flights.db", "report.html"] {
        println!("  {path}");
    }
    println!("\nRun it again with: thorp run {}", folder.display());
    Ok(code)
}

/// `thorp run` with its defaults, on `folder`, with a report.
fn run_args(folder: &Path) -> RunArgs {
    let cli = <Cli as clap::Parser>::parse_from(["thorp", "run", "all"]);
    let Command::Run(defaults) = cli.command else { unreachable!("`run` was parsed") };
    let report = Some(folder.join("out/report.html"));
    RunArgs { dir: folder.to_owned(), report, ..defaults }
}

/// Prints the first rows of a table.
fn show(folder: &Path, table: &str) -> anyhow::Result<()> {
    let ctx = Context::new(folder, std::sync::Arc::new(SystemClock::new()));
    let mut open = table_source::open(table, &Map::new(), &ctx)?;
    let Some(batch) = open.reader.next_batch()? else { return Ok(()) };
    println!(
        "\n{} (the first of {} rows)",
        folder.join(table).display(),
        rows(&folder.join(table))?
    );
    print_rows(&batch.slice(0, SHOWN_ROWS.min(batch.rows())));
    Ok(())
}

fn rows(file: &PathBuf) -> anyhow::Result<usize> {
    use std::io::BufRead;
    Ok(std::io::BufReader::new(File::open(file)?).lines().count().saturating_sub(1))
}

fn print_rows(batch: &Batch) {
    let columns: Vec<Vec<String>> = batch
        .iter()
        .map(|(name, column)| {
            let cells = (0..column.len()).map(|row| cut(column.text(row).unwrap_or_default()));
            std::iter::once(cut(name)).chain(cells).collect()
        })
        .collect();
    let widths: Vec<usize> = columns
        .iter()
        .map(|cells| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for row in 0..=batch.rows() {
        let cells: Vec<String> = columns
            .iter()
            .zip(&widths)
            .map(|(cells, width)| format!("{:width$}", cells.get(row).map_or("", String::as_str)))
            .collect();
        println!("  {}", cells.join("  ").trim_end());
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARS {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS - 1).chain(['…']).collect()
}
