//! The jobs: what is done, and the spec by which thorp and datapackage-pipelines do it.

use super::contenders::Contender;

/// One piece of work that every contender of it does.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// `DATA`, `SMALL`, `OTHER` and `FLIGHTS` stand for the paths of the inputs.
    pub(super) spec: &'static str,
    pub(super) others: &'static [Contender],
    /// Where the rows of the result are, in the folder of the job.
    pub(super) result: &'static str,
    /// How often it is repeated; the figures are those of one run on average.
    pub(super) repeats: u32,
}

use Contender::{Dataflows, Dpp, Duckdb, Polars};

pub(super) const JOBS: &[Job] = &[
    Job {
        name: "path",
        text: "CSV, types inferred and checked, to CSV",
        spec: "
path:
  pipeline:
  - run: load
    parameters: {from: DATA, name: data, validate: true}
  - run: dump_to_path
    parameters: {out-path: out}
",
        others: &[Dpp, Dataflows, Duckdb, Polars],
        result: "out/data.csv",
        repeats: 1,
    },
    Job {
        name: "sqlite",
        text: "CSV, types inferred and checked, to a table of SQLite",
        spec: "
sqlite:
  pipeline:
  - run: load
    parameters: {from: DATA, name: data, validate: true}
  - run: dump_to_sql
    parameters: {engine: 'sqlite:///out.db', tables: {data: {resource-name: data}}}
",
        others: &[Dpp, Dataflows],
        result: "out.db",
        repeats: 1,
    },
    Job {
        name: "five",
        text: "five steps: load, filter, add_computed_field, sort, dump_to_path",
        spec: "
five:
  pipeline:
  - run: load
    parameters: {from: DATA, name: data, validate: true}
  - run: filter
    parameters: {in: [{category: garden}, {category: kitchen}]}
  - run: add_computed_field
    parameters:
      fields: [{operation: multiply, target: {name: total, type: number}, source: [amount, quantity]}]
  - run: sort
    parameters: {sort-by: '{amount}', reverse: false}
  - run: dump_to_path
    parameters: {out-path: out}
",
        others: &[Dpp, Dataflows, Duckdb, Polars],
        result: "out/data.csv",
        repeats: 1,
    },
    Job {
        name: "join",
        text: "a tenth as many rows joined into all rows, by an integer",
        spec: "
join:
  pipeline:
  - run: load
    parameters: {from: OTHER, name: other, validate: true}
  - run: load
    parameters: {from: DATA, name: data, validate: true}
  - run: join
    parameters:
      source: {name: other, key: [id], delete: true}
      target: {name: data, key: [id]}
      fields: {label: {}, weight: {}}
  - run: dump_to_path
    parameters: {out-path: out}
",
        others: &[Dpp, Dataflows, Duckdb, Polars],
        result: "out/data.csv",
        repeats: 1,
    },
    Job {
        name: "small",
        text: "1,000 rows from CSV to CSV, start included",
        spec: "
small:
  pipeline:
  - run: load
    parameters: {from: SMALL, name: data, validate: true}
  - run: dump_to_path
    parameters: {out-path: out}
",
        others: &[Dpp, Dataflows, Duckdb, Polars],
        result: "out/data.csv",
        repeats: 5,
    },
    Job {
        name: "parquet",
        text: "3 M flights from Parquet to CSV to Parquet",
        spec: "
to-csv:
  pipeline:
  - run: load
    parameters: {from: FLIGHTS, name: flights, validate: true}
  - run: dump_to_path
    parameters: {out-path: csv}
to-parquet:
  dependencies:
  - pipeline: ./to-csv
  pipeline:
  - run: load
    parameters: {from: csv/flights.csv, name: flights, validate: true}
  - run: dump_to_path
    parameters: {out-path: out, format: parquet}
",
        others: &[Duckdb, Polars],
        result: "csv/flights.csv",
        repeats: 1,
    },
];
