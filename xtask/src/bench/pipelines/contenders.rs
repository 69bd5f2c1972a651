//! Who takes part, and how each is started.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::bench::measure::{self, Usage};
use crate::bench::{emptied, programs};
use crate::kit::{npm, python};
use crate::tools;

use super::data;
use super::jobs::Job;

const SCRIPT: &str = include_str!("../../../python/contenders.py");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contender {
    Thorp,
    Dpp,
    Dataflows,
    Duckdb,
    Polars,
}

impl Contender {
    pub(super) const ALL: [Self; 5] =
        [Self::Thorp, Self::Dpp, Self::Dataflows, Self::Duckdb, Self::Polars];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Thorp => "thorp",
            Self::Dpp => "dpp",
            Self::Dataflows => "dataflows",
            Self::Duckdb => "duckdb",
            Self::Polars => "polars",
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where all runs take place: programs, inputs, and a folder for each run.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    thorp: PathBuf,
    /// With datapackage-pipelines and dataflows.
    reference: PathBuf,
    /// With DuckDB and Polars.
    engines: PathBuf,
    script: PathBuf,
    inputs: Inputs,
}

#[derive(Debug)]
struct Inputs {
    items: PathBuf,
    small: PathBuf,
    labels: PathBuf,
    flights: PathBuf,
}

impl Place {
    /// Builds or installs the `contenders` and makes the inputs, as far as they are missing.
    pub(super) fn prepare(
        folder: &Path,
        binary: Option<&Path>,
        rows: u64,
        contenders: &[Contender],
    ) -> anyhow::Result<Self> {
        let environment = |wanted: [Contender; 2], name, requirements| {
            if contenders.iter().any(|contender| wanted.contains(contender)) {
                return python::environment(name, requirements);
            }
            Ok(PathBuf::new())
        };
        let reference = environment(
            [Contender::Dpp, Contender::Dataflows],
            "dpp",
            include_str!("../../../python/dpp.txt"),
        )?;
        let engines = environment(
            [Contender::Duckdb, Contender::Polars],
            "bench",
            include_str!("../../../python/bench.txt"),
        )?;
        let script = folder.join("contenders.py");
        fs::write(&script, SCRIPT).context("failed to write the script of the contenders")?;
        let thorp = match binary {
            Some(file) => file.to_owned(),
            None => programs::thorp()?,
        };
        let inputs = Inputs::prepare(folder, rows)?;
        Ok(Self { folder: folder.to_owned(), thorp, reference, engines, script, inputs })
    }

    /// Runs `job`, or returns nothing when `contender` takes no part in it.
    pub(super) fn run(&self, job: &Job, contender: Contender) -> anyhow::Result<Option<Usage>> {
        if contender != Contender::Thorp && !job.others.contains(&contender) {
            return Ok(None);
        }
        let folder = self.folder.join(format!("{}-{}", job.name, contender.name()));
        let spec = self.inputs.fill_in(job.spec);
        let usage = measure::repeated(job.repeats, || {
            emptied(&folder)?;
            fs::write(folder.join("pipeline-spec.yaml"), &spec)
                .context("failed to write the spec of a job")?;
            let mut command = self.command(job, contender);
            command.current_dir(&folder);
            Ok(command)
        })?;
        let result = folder.join(job.result);
        let bytes = fs::metadata(&result).map_or(0, |metadata| metadata.len());
        ensure!(bytes > 0, "`{}` was not written", result.display());
        Ok(Some(usage))
    }

    fn command(&self, job: &Job, contender: Contender) -> Command {
        match contender {
            Contender::Thorp => {
                let mut command = Command::new(&self.thorp);
                command.args(["run", "all"]);
                command
            }
            Contender::Dpp => {
                // `dpp run` starts `dpp` again and finds it by PATH.
                let programs = self.reference.parent().unwrap_or(&self.folder);
                let mut command = Command::new(programs.join("dpp"));
                command.args(["run", "all"]).env("PATH", tools::path_with(programs));
                command
            }
            Contender::Dataflows => self.script(&self.reference, contender, job),
            Contender::Duckdb | Contender::Polars => self.script(&self.engines, contender, job),
        }
    }

    fn script(&self, python: &Path, contender: Contender, job: &Job) -> Command {
        let mut command = Command::new(python);
        command.arg(&self.script).args([contender.name(), job.name]);
        let Inputs { items, small, labels, flights } = &self.inputs;
        command.args([items, small, labels, flights]);
        command
    }
}

impl Inputs {
    fn prepare(folder: &Path, rows: u64) -> anyhow::Result<Self> {
        let inputs = Self {
            items: folder.join(format!("items-{rows}.csv")),
            small: folder.join("items-1000.csv"),
            labels: folder.join(format!("labels-{rows}.csv")),
            flights: PathBuf::from(npm::vega_datasets()?.value)
                .join("data")
                .join("flights-3m.parquet"),
        };
        data::items(&inputs.items, rows)?;
        data::items(&inputs.small, 1000)?;
        data::labels(&inputs.labels, rows)?;
        Ok(inputs)
    }

    fn fill_in(&self, spec: &str) -> String {
        let Self { items, small, labels, flights } = self;
        spec.replace("DATA", &items.to_string_lossy())
            .replace("SMALL", &small.to_string_lossy())
            .replace("OTHER", &labels.to_string_lossy())
            .replace("FLIGHTS", &flights.to_string_lossy())
    }
}
