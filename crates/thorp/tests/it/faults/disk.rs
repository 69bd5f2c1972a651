//! Disks that are full or may not be written.

use serde_json::Value;

use super::case::{load, steps};
use crate::mounts::in_own_mounts;
use crate::project::Project;

const LOAD: &str = "    - run: load\n      parameters: {from: rows.csv, name: rows}\n";

/// 2 MB of rows that do not pack well.
fn rows() -> String {
    let mut text = String::from("id,value\n");
    let mut value: u64 = 7;
    for id in 0..100_000 {
        value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        text.push_str(&format!("{id},{value:016x}\n"));
    }
    text
}

/// A project with `spec`, whose folder `out` is a small disk. It runs well, then `harm` is done and
/// it fails, then `mend` is done and it runs well; its output never changes.
fn fails_in_between(spec: &str, (harm, mend): (&str, &str), flags: &str) -> Option<Value> {
    let project = Project::new(spec);
    project.write("small.csv", "id,value\n1,x\n");
    project.write("large.csv", &rows());
    project.write("out/.keep", "");
    let script = format!(
        "mount -t tmpfs -o size=1m thorp-test out
        cp small.csv rows.csv
        \"$THORP\" run all
        cp -r out old
        {harm}
        \"$THORP\" --output json run all {flags} > answer || code=$?
        test \"$code\" = 1
        diff -r old out
        {mend}
        cp small.csv rows.csv
        \"$THORP\" run all
        # A database counts its changes.
        test -e out/rows.db || diff -r old out"
    );
    in_own_mounts(&project, &script).then(|| {
        let answer: Value = serde_json::from_str(&project.read("answer")).unwrap();
        answer["errors"][0].clone()
    })
}

const FULL: (&str, &str) = ("cp large.csv rows.csv", ":");
const READ_ONLY: (&str, &str) = ("mount -o remount,ro out", "mount -o remount,rw out");

fn sink(step: &str) -> String {
    format!("p:\n  pipeline:\n{LOAD}    - run: {step}\n")
}

#[test]
fn a_full_disk_is_named_and_the_output_of_before_stays() {
    for parameters in [
        "{out-path: out}",
        "{out-path: out, format: json}",
        "{out-path: out, format: parquet}",
        "{out-path: out, format: xlsx}",
    ] {
        let spec = sink(&format!("dump_to_path\n      parameters: {parameters}"));
        let Some(error) = fails_in_between(&spec, FULL, "") else { return };
        assert_eq!(error["code"], "OUTPUT_FULL", "{parameters}: {error}");
        let help = error["help"].as_str().unwrap();
        assert!(help.contains("make room on the disk of"), "{help}");
    }
}

#[test]
fn a_full_disk_leaves_an_archive_and_a_database_as_they_were() {
    let archive = sink("dump_to_zip\n      parameters: {out-file: out/rows.zip}");
    let Some(error) = fails_in_between(&archive, FULL, "") else { return };
    assert_eq!(error["code"], "OUTPUT_FULL", "{error}");
    let database = sink(
        "dump_to_sql\n      parameters: {engine: 'sqlite:///out/rows.db', tables: {rows: {resource-name: rows}}}",
    );
    let Some(error) = fails_in_between(&database, FULL, "") else { return };
    assert_eq!(error["code"], "COMMIT_REFUSED", "{error}");
    assert!(error["text"].as_str().unwrap().contains("disk is full"), "{error}");
}

#[test]
fn a_full_disk_for_temporary_files_is_named_with_its_folder() {
    let sort = format!("{LOAD}    - run: sort\n      parameters: {{sort-by: '{{value}}'}}\n");
    let spec = steps(&sort).replace("out-path: out", "out-path: elsewhere");
    let harm = "cp large.csv rows.csv; export TMPDIR=$PWD/out";
    let Some(error) = fails_in_between(&spec, (harm, ":"), "--memory 1") else { return };
    assert_eq!(error["code"], "OUTPUT_FULL", "{error}");
    assert!(error["help"].as_str().unwrap().contains("TMPDIR"), "{error}");
}

#[test]
fn a_read_only_disk_is_named_and_the_output_of_before_stays() {
    let folder = load("{from: rows.csv, name: rows}");
    let archive = sink("dump_to_zip\n      parameters: {out-file: out/rows.zip}");
    for spec in [folder, archive] {
        let Some(error) = fails_in_between(&spec, READ_ONLY, "") else { return };
        assert_eq!(error["code"], "OUTPUT_DENIED", "{error}");
        assert_eq!(error["kind"], "denied");
        assert!(error["help"].as_str().unwrap().contains("make the folder of"), "{error}");
    }
    let database = sink(
        "dump_to_sql\n      parameters: {engine: 'sqlite:///out/rows.db', tables: {rows: {resource-name: rows}}}",
    );
    let Some(error) = fails_in_between(&database, READ_ONLY, "") else { return };
    assert_eq!(error["code"], "DATABASE_FAILED", "{error}");
    assert!(error["text"].as_str().unwrap().contains("readonly"), "{error}");
}

#[test]
fn a_project_on_a_read_only_disk_is_named() {
    let project = Project::new(&load("{from: rows.csv, name: rows}"));
    project.write("rows.csv", "id\n1\n");
    let script = "mkdir disk
        mount -t tmpfs -o size=2m thorp-test disk
        cp pipeline-spec.yaml rows.csv disk
        mount -o remount,ro disk
        \"$THORP\" --output json run --dir disk all > answer 2> messages || code=$?
        test \"$code\" = 1";
    if in_own_mounts(&project, script) {
        let said = format!("{}{}", project.read("answer"), project.read("messages"));
        assert!(said.contains("disk") && said.contains("Read-only file system"), "{said}");
    }
}
