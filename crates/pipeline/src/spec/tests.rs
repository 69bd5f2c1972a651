use std::path::Path;
use std::time::Duration;

use model::pipeline_id::PipelineId;
use serde_json::json;

use super::{Action, Dependency, OnError, PipelineSpec, pipeline};
use crate::yaml;

fn read(text: &str) -> PipelineSpec {
    let details = yaml::load(text.as_bytes()).unwrap().value;
    pipeline(PipelineId::new("./x", "p"), details, Path::new("/project/x/pipeline-spec.yaml"))
}

fn errors(text: &str) -> Vec<String> {
    read(text).errors.iter().map(ToString::to_string).collect()
}

#[test]
fn every_key_has_its_place() {
    let spec = read(
        r#"
title: Flights
description: "*All* of them"
schedule: {crontab: "0 6 * * *"}
environment: {A: true, B: 1.50, C: text, D: null, E: [1, 'a']}
dependencies:
- pipeline: ./x/other
- datapackage: https://example.com/datapackage.json
hooks: [https://example.com/hook]
hook_secret: env://SECRET
__path: sub
pipeline:
- run: load
  parameters: {from: a.csv}
  cache: true
  validate: true
  runner: docker
  executor: /opt/load.py
  timeout: 5m
  on_error: collect
- flow: clean
- run: label
  code: print(1)
  cached: yes
"#,
    );
    assert_eq!(spec.errors, []);
    assert_eq!(spec.warnings, [""; 0]);
    assert_eq!(spec.title.as_deref(), Some("Flights"));
    assert_eq!(spec.description.as_deref(), Some("*All* of them"));
    assert_eq!(spec.schedule.as_ref().unwrap().written(), "crontab: 0 6 * * *");
    assert_eq!(spec.hooks, ["https://example.com/hook"]);
    assert_eq!(spec.hook_secret.as_deref(), Some("env://SECRET"));
    assert_eq!(spec.dir, Path::new("/project/x/sub"));
    assert_eq!(
        spec.dependencies,
        [
            Dependency::Pipeline(PipelineId::verbatim("./x/other")),
            Dependency::Datapackage("https://example.com/datapackage.json".into()),
        ]
    );
    let first = &spec.steps[0];
    assert_eq!(first.action, Action::Run("load".into()));
    assert_eq!(json!(first.parameters), json!({"from": "a.csv"}));
    assert!(first.cache && first.validate);
    assert_eq!(first.runner.as_deref(), Some("docker"));
    assert_eq!(first.executor.as_deref(), Some(Path::new("/opt/load.py")));
    assert_eq!(first.timeout, Some(Duration::from_secs(300)));
    assert_eq!(first.on_error, Some(OnError::Collect));
    assert_eq!(spec.steps[1].action, Action::Flow("clean".into()));
    assert_eq!(spec.steps[2].code.as_deref(), Some("print(1)"));
    assert!(spec.steps[2].cache);
    assert_eq!(spec.steps[2].name(), "label");
}

#[test]
fn environment_is_what_python_would_make_of_it() {
    let spec =
        read("environment: {A: true, B: 1.50, C: text, D: , E: [1, a]}\npipeline: [{run: a}]");
    let texts: Vec<&str> = spec.environment.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(texts, ["True", "1.5", "text", "None", "[1, 'a']"]);
}

#[test]
fn unknown_keys_are_warnings_that_name_the_nearest() {
    let spec = read("pipline: 1\nowner: me\npipeline:\n- run: a\n  paramters: {}\n");
    assert_eq!(spec.errors, []);
    assert_eq!(
        spec.warnings,
        [
            "pipeline: unknown key `pipline`: did you mean `pipeline`?",
            "pipeline: unknown key `owner`",
            "step 1: unknown key `paramters`: did you mean `parameters`?",
        ]
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        ("[]", "pipeline: found a list, a mapping is expected"),
        ("pipline: []", "pipeline: key `pipeline` is missing: did you mean `pipline`?"),
        ("pipeline: []", "pipeline: `pipeline` is empty, at least one step is expected"),
        ("pipeline: a", "pipeline: `pipeline` is 'a', a list is expected"),
        ("pipeline: [a]", "step 1: found a text, a mapping with `run` or `flow` is expected"),
        ("pipeline: [{}]", "step 1: has neither `run` nor `flow`"),
        ("pipeline: [{run: ''}]", "step 1: has neither `run` nor `flow`"),
        (
            "pipeline: [{run: a, flow: b}]",
            "step 1: has both `run` and `flow`, one of them is expected",
        ),
        (
            "pipeline: [{run: a, parameters: [1]}]",
            "step 1: `parameters` is [1], a mapping is expected",
        ),
        (
            "pipeline: [{run: a, cache: 'yes'}]",
            "step 1: `cache` is 'yes', true or false is expected",
        ),
        (
            "pipeline: [{run: a, on_error: stop}]",
            "step 1: `on_error` is 'stop', `raise`, `drop`, `clear` or `collect` is expected",
        ),
        ("title: 1\npipeline: [{run: a}]", "pipeline: `title` is 1, a text is expected"),
        (
            "hooks: [ftp://x]\npipeline: [{run: a}]",
            "pipeline: `hooks` has 'ftp://x', addresses with http, https or env:// are expected",
        ),
        (
            "environment: {A=B: 1}\npipeline: [{run: a}]",
            "pipeline: `environment` has \"A=B\", which cannot be a variable",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(text), [format!("Invalid Pipeline: {expected}")], "{text}");
    }
}

#[test]
fn several_mistakes_are_all_reported() {
    assert_eq!(errors("title: 1\npipeline: [{run: 1}, {run: a, validate: 1}]").len(), 4);
}

#[test]
fn dependencies_that_nobody_knows_are_errors() {
    for entry in ["{}", "{other: x}", "x", "{pipeline: 1}", "{pipeline: a, datapackage: b}"] {
        let found = errors(&format!("dependencies: [{entry}]\npipeline: [{{run: a}}]"));
        assert!(
            found[0].starts_with("Missing dependency: Unknown dependency provided ("),
            "{found:?}"
        );
    }
}

#[test]
fn schedules_that_cannot_be_read_do_not_keep_a_pipeline_from_running() {
    let spec = read("schedule: {crontab: 0 0 * * 0}\npipeline: [{run: a}]");
    assert_eq!(spec.errors, []);
    assert_eq!(spec.schedule, None);
    assert!(spec.warnings[0].contains("`0` is not a month from 1 to 12"), "{:?}", spec.warnings);
}

#[test]
fn timeouts_have_units() {
    let cases = [
        ("30", Some(30_000)),
        ("0.5", Some(500)),
        ("'250ms'", Some(250)),
        ("90s", Some(90_000)),
        ("'2 h'", Some(7_200_000)),
        ("1d", Some(86_400_000)),
        ("0", None),
        ("-1", None),
        ("31d", None),
        ("soon", None),
        ("5 weeks", None),
    ];
    for (text, ms) in cases {
        let spec = read(&format!("pipeline: [{{run: a, timeout: {text}}}]"));
        let found = spec.steps[0].timeout.map(|timeout| timeout.as_millis());
        assert_eq!(found, ms, "{text}");
        assert_eq!(spec.errors.is_empty(), ms.is_some(), "{text}");
    }
}

#[test]
fn names_that_would_break_lines_are_refused() {
    let spec = pipeline(
        PipelineId::new(".", "a\nb"),
        json!({"pipeline": [{"run": "a"}]}),
        Path::new("/p/pipeline-spec.yaml"),
    );
    assert_eq!(spec.errors.len(), 1);
}
