//! Each folder of `examples/` runs as its page says.
//!
//! Statistics that are compared were captured from datapackage-pipelines 2.2.11, which runs the
//! same specs.

use std::process::{Command, Output};

use crate::project::{Project, stderr, stdout};

/// The output of `command`, which must succeed.
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    output
}

fn rows(project: &Project, path: &str) -> Vec<String> {
    project.read(path).lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn flights_are_joined_sorted_and_written_to_four_places() {
    let project = Project::example("flights");
    let output = succeed(&mut project.command(&["run", "--report", "report.html"]));

    let results = "INFO    :RESULTS:\n\
        INFO    :SUCCESS: ./routes {'bytes': None, 'count_of_rows': 5366, \
        'dataset_name': 'flights', 'hash': '9d361345d36fdbc17b4fb76b04463aa7'}\n\
        INFO    :SUCCESS: ./airports {'bytes': None, 'count_of_rows': 303, \
        'dataset_name': '_', 'hash': '2da3ae78534200cdd039c7ec67a25c81'}\n";
    assert!(stdout(&output).ends_with(results), "{}", stdout(&output));
    let busiest = "SFO,LAX,13788,San Francisco,San Francisco International,CA,Los Angeles,\
        Los Angeles International,CA,SFO-LAX";
    assert_eq!(rows(&project, "out/routes/routes.csv")[0], busiest);
    let airports = rows(&project, "out/airports/airports.csv");
    assert!(airports[0].ends_with(",414513,173"), "{}", airports[0]);
    for path in ["out/routes.zip", "out/parquet/routes.parquet", "out/flights.db", "report.html"] {
        assert!(std::fs::metadata(project.path(path)).unwrap().len() > 1000, "{path}");
    }
}

#[test]
fn a_step_in_python_gives_what_it_gives_in_datapackage_pipelines() {
    let project = Project::example("python-step");
    let output = succeed(&mut project.command(&["run"]));

    let result = "INFO    :SUCCESS: ./distances {'bytes': 3469, 'count_of_rows': 20, \
        'dataset_name': '_', 'hash': '0c75a42bb6bb098f2c0a697764957bbd', 'longest': 6819}\n";
    assert!(stdout(&output).ends_with(result), "{}", stdout(&output));
    let longest = "HNL,ORD,641,21.31869111,-157.9224072,41.979595,-87.90446417,6819";
    assert_eq!(rows(&project, "out/routes.csv")[0], longest);
}

#[test]
fn rows_that_break_rules_are_collected_beside_the_others() {
    let project = Project::example("validation");
    succeed(&mut project.command(&["run"]));

    assert_eq!(rows(&project, "out/readings.csv").len(), 4);
    let errors = rows(&project, "out/readings-errors.csv");
    assert_eq!(errors.len(), 8);
    let hot = |line: &String| line.starts_with("4,temperature,930,maximum,");
    assert!(errors.iter().any(hot), "{errors:#?}");
}

#[test]
fn the_pipelines_of_dppctl_fill_a_database_and_a_folder() {
    let project = Project::example("dppctl");
    let mut command = project.command(&["run"]);
    let output = succeed(command.env("DPP_DB_ENGINE", "sqlite:///committees.db"));

    for id in ["./dump-to-db", "./dump-to-path"] {
        let line = format!("{id}: SUCCESS, processed 9 rows\n");
        assert!(stdout(&output).contains(&line), "{}", stdout(&output));
    }
    assert_eq!(
        rows(&project, "out/committees/joined-meetings.csv")[0],
        r#"1001,1,2018-03-12 09:00:00,"[""budget"", ""taxes""]",184.5"#
    );
    assert_eq!(table(&project, "sqlite:///committees.db", "joined_meetings").len(), 5);
}

#[test]
fn a_table_in_postgresql_is_rewritten_and_updated() {
    let Ok(engine) = std::env::var("THORP_TEST_POSTGRES") else {
        eprintln!("!!! SKIPPED: THORP_TEST_POSTGRES is not set; `cargo xtask test` sets it");
        return;
    };
    let project = Project::example("postgres");
    succeed(project.command(&["run"]).env("DPP_DB_ENGINE", &engine));

    let mut stock = table(&project, &engine, "stock");
    stock.sort();
    assert_eq!(
        stock,
        [
            "4006381105624,fineliner black,310,0.00725,2026-10-02",
            "4006381333931,highlighter yellow,120,0.0150,2026-10-01",
            "4006381333948,highlighter green,200,0.0150,2026-11-05",
            "5901234123457,ruler 30 cm,42,0.0400,2026-10-03",
            "7350053850019,paper clips 100,500,0.0520,2026-11-06",
            "9002759122041,stapler,34,0.3120000000000000017,2026-11-05",
        ]
    );
}

/// The rows of a table in a database, as a pipeline reads them.
fn table(project: &Project, engine: &str, table: &str) -> Vec<String> {
    let spec = format!(
        "read:\n  pipeline:\n  - run: load\n    parameters: {{from: 'env://ENGINE', table: {table}, \
         name: {table}}}\n  - run: dump_to_path\n    parameters: {{out-path: read}}\n"
    );
    project.write("pipeline-spec.yaml", &spec);
    succeed(project.command(&["run", "./read"]).env("ENGINE", engine));
    rows(project, &format!("read/{table}.csv"))
}
