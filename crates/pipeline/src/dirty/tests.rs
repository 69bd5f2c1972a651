use std::fs;
use std::path::Path;

use model::Map;
use model::pipeline_id::PipelineId;
use serde_json::json;
use store::fingerprint::Fingerprint;

use super::{Key, Work, keys, script_digest};
use crate::spec::{PipelineSpec, pipeline};

fn spec(details: model::Json) -> PipelineSpec {
    pipeline(PipelineId::new(".", "p"), details, Path::new("/p/pipeline-spec.yaml"))
}

fn plain() -> PipelineSpec {
    spec(json!({"pipeline": [{"run": "load"}]}))
}

fn file(bytes: u64) -> Fingerprint {
    Fingerprint::File { bytes, modified_ns: 1, inode: 2 }
}

fn work<'a>(parameters: &'a Map, inputs: &[Fingerprint]) -> Work<'a> {
    let inputs = inputs.iter().map(|print| ("a.csv".to_owned(), print.clone())).collect();
    Work { name: "load", parameters, validate: false, code: None, inputs }
}

fn map(value: model::Json) -> Map {
    let model::Json::Object(map) = value else { panic!("{value} is no mapping") };
    map
}

#[test]
fn equal_work_has_equal_keys_whatever_the_order_of_its_parameters() {
    let one = map(json!({"a": 1, "b": {"c": 2, "d": 3}}));
    let other = map(json!({"b": {"d": 3, "c": 2}, "a": 1}));
    let key = |parameters| keys(&plain(), &[], &[work(parameters, &[file(1)])]);
    assert_eq!(key(&one), key(&other));
    assert!(key(&one)[0].is_clean_since(key(&other)[0].as_str()));
    assert_eq!(key(&one)[0].as_str().unwrap().len(), 64);
}

#[test]
fn whatever_counts_changes_the_key() {
    let parameters = map(json!({"a": 1}));
    let changed = map(json!({"a": 2}));
    let base = work(&parameters, &[file(1)]);
    let with_environment = spec(json!({"environment": {"X": 1}, "pipeline": [{"run": "load"}]}));
    let dependency = [("./x".to_owned(), Some("1".to_owned()))];
    let all = [
        keys(&plain(), &[], std::slice::from_ref(&base)),
        keys(&plain(), &[], &[work(&changed, &[file(1)])]),
        keys(&plain(), &[], &[work(&parameters, &[file(2)])]),
        keys(&plain(), &[], &[work(&parameters, &[])]),
        keys(&plain(), &[], &[Work { validate: true, ..base.clone() }]),
        keys(&plain(), &[], &[Work { code: Some("c".into()), ..base.clone() }]),
        keys(&plain(), &[], &[Work { name: "other", ..base.clone() }]),
        keys(&with_environment, &[], std::slice::from_ref(&base)),
        keys(&plain(), &dependency, std::slice::from_ref(&base)),
    ];
    for (at, one) in all.iter().enumerate() {
        for other in all.iter().skip(at + 1) {
            assert_ne!(one, other);
        }
    }
}

#[test]
fn titles_do_not_count() {
    let parameters = Map::new();
    let titled = spec(json!({"title": "x", "hooks": [], "pipeline": [{"run": "load"}]}));
    let key = |spec| keys(spec, &[], &[work(&parameters, &[])]);
    assert_eq!(key(&plain()), key(&titled));
}

#[test]
fn steps_before_a_change_keep_their_keys() {
    let one = map(json!({"a": 1}));
    let two = map(json!({"a": 2}));
    let before = keys(&plain(), &[], &[work(&one, &[]), work(&one, &[])]);
    let after = keys(&plain(), &[], &[work(&one, &[]), work(&two, &[])]);
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[test]
fn inputs_that_cannot_tell_are_never_clean() {
    let parameters = Map::new();
    let steps = [
        work(&parameters, &[]),
        work(&parameters, &[Fingerprint::Unknown]),
        work(&parameters, &[]),
    ];
    let keys = keys(&plain(), &[], &steps);
    assert!(keys[0].as_str().is_some());
    assert_eq!(keys[1..], [Key(None), Key(None)]);
    assert!(!keys[2].is_clean_since(None));
}

#[test]
fn scripts_change_with_their_neighbours() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("a.py");
    fs::write(&script, "import b").unwrap();
    let alone = script_digest(&script).unwrap();
    fs::write(dir.path().join("b.py"), "x = 1").unwrap();
    let with_module = script_digest(&script).unwrap();
    fs::write(dir.path().join("data.csv"), "x").unwrap();
    assert_ne!(alone, with_module);
    assert_eq!(script_digest(&script).unwrap(), with_module);
    fs::write(&script, "import b\n").unwrap();
    assert_ne!(script_digest(&script).unwrap(), with_module);
    assert!(script_digest(&dir.path().join("none.py")).is_err());
}
