//! Processors that the fixtures of the reference do not know, and corners that they leave out.

use model::Json;
use pipeline::error::StepError;
use serde_json::json;

use crate::harness::{Stream, context, run};

/// Two resources `r1`, `r2` with a row each, and `n` without rows.
fn input() -> Stream {
    let table = |name: &str| {
        json!({
            "name": name, "path": format!("{name}.csv"), "dpp:streaming": true,
            "schema": {
                "fields": [
                    {"name": "a", "type": "integer"},
                    {"name": "b", "type": "string"},
                    {"name": "a2", "type": "number"},
                ],
                "primaryKey": ["a"],
            },
        })
    };
    Stream {
        package: json!({
            "name": "p",
            "resources": [table("r1"), {"name": "n", "path": "n.bin"}, table("r2")],
        }),
        resources: vec![
            vec![json!({"a": 1, "b": "x", "a2": 3}), json!({"a": 2, "b": null, "a2": 4})],
            vec![json!({"a": 9, "b": "y", "a2": 5})],
        ],
        stats: serde_json::Map::new(),
    }
}

fn through(processor: &str, parameters: &Json) -> Result<Stream, StepError> {
    let folder = tempfile::tempdir().unwrap();
    run(processor, parameters.as_object().unwrap(), &input(), &context(folder.path()))
}

fn fields(stream: &Stream, resource: usize) -> Vec<&str> {
    let fields = &stream.package["resources"][resource]["schema"]["fields"];
    fields.as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect()
}

fn failure(processor: &str, parameters: &Json) -> String {
    through(processor, parameters).unwrap_err().to_string()
}

#[test]
fn fields_are_renamed_in_schema_keys_and_rows() {
    let parameters = json!({"resources": "r1", "fields": {"a(.*)": "q\\1", "b": "c"}});
    let found = through("rename_fields", &parameters).unwrap();
    assert_eq!(fields(&found, 0), ["q", "c", "q2"]);
    assert_eq!(found.package["resources"][0]["schema"]["primaryKey"], json!(["q"]));
    assert_eq!(found.resources[0][0], json!({"q": 1, "c": "x", "q2": 3}));
    assert_eq!(fields(&found, 2), ["a", "b", "a2"]);
    let swapped = json!({"fields": {"a": "a2", "a2": "a"}, "regex": false});
    let found = through("rename_fields", &swapped).unwrap();
    assert_eq!(found.resources[0][0], json!({"a2": 1, "b": "x", "a": 3}));
    let both = failure("rename_fields", &json!({"fields": {"a.*": "b"}}));
    assert!(both.contains("two fields would be called `b`"), "{both}");
}

#[test]
fn fields_are_selected_in_the_order_asked_for() {
    let parameters = json!({"resources": ["r1", "r2"], "fields": ["b", "a.*", "nope"]});
    let found = through("select_fields", &parameters).unwrap();
    assert_eq!(fields(&found, 0), ["b", "a", "a2"]);
    let found = through("select_fields", &json!({"fields": ["b"]})).unwrap();
    assert_eq!(
        found.resources,
        [vec![json!({"b": "x"}), json!({"b": null})], vec![json!({"b": "y"})]]
    );
    assert!(failure("select_fields", &json!({"fields": ["z"]})).contains("resource `r1`"));
}

#[test]
fn a_field_is_added_with_its_default_and_properties() {
    let parameters =
        json!({"resources": -1, "name": "n", "type": "integer", "default": 5, "title": "T"});
    let found = through("add_field", &parameters).unwrap();
    let field = &found.package["resources"][2]["schema"]["fields"][3];
    assert_eq!(*field, json!({"name": "n", "type": "integer", "title": "T"}));
    assert_eq!(found.resources[1], [json!({"a": 9, "b": "y", "a2": 5, "n": 5})]);
    assert_eq!(fields(&found, 0), ["a", "b", "a2"]);
}

#[test]
fn deleted_resources_leave_with_their_rows() {
    let found = through("delete_resource", &json!({"name": ["r1", "n"]})).unwrap();
    assert_eq!(found.package["resources"].as_array().unwrap().len(), 1);
    assert_eq!(found.resources, [vec![json!({"a": 9, "b": "y", "a2": 5})]]);
}

#[test]
fn schema_properties_and_primary_keys_are_set_and_taken_away() {
    let parameters = json!({"resources": "r1", "missingValues": ["-"]});
    let found = through("update_schema", &parameters).unwrap();
    assert_eq!(found.package["resources"][0]["schema"]["missingValues"], json!(["-"]));
    let found =
        through("set_primary_key", &json!({"resources": "r1", "primary-key": "b"})).unwrap();
    assert_eq!(found.package["resources"][0]["schema"]["primaryKey"], json!(["b"]));
    let found = through("set_primary_key", &json!({"resources": "r2"})).unwrap();
    assert_eq!(found.package["resources"][2]["schema"].get("primaryKey"), None);
    let unknown = failure("set_primary_key", &json!({"resources": "r1", "primary_key": ["z"]}));
    assert!(unknown.contains("has no field `z`"), "{unknown}");
}

#[test]
fn a_copy_is_written_from_disk_when_memory_is_short() {
    let folder = tempfile::tempdir().unwrap();
    let mut ctx = context(folder.path());
    ctx.memory_bytes = 1;
    let parameters = json!({"source": "r1", "duplicate_to_end": true});
    let found = run("duplicate", parameters.as_object().unwrap(), &input(), &ctx).unwrap();
    let input = input();
    assert_eq!(found.resources[2], input.resources[0]);
    assert_eq!(found.package["resources"][3]["name"], "r1_copy");
    assert_eq!(found.package["resources"][3]["path"], "r1_copy.csv");
}

#[test]
fn resources_to_concatenate_must_follow_one_another() {
    let apart = failure("concatenate", &json!({"sources": ["r1", "r2"], "fields": {"a": []}}));
    assert!(apart.contains("resource `r2`"), "{apart}");
    let twice = failure("concatenate", &json!({"fields": {"x": ["a"], "y": ["a"]}}));
    assert!(twice.contains("`a` goes into more than one field"), "{twice}");
    let none = failure("concatenate", &json!({"sources": "zz", "fields": {"a": []}}));
    assert!(none.contains("fit no resource"), "{none}");
}

#[test]
fn of_several_fields_of_a_row_that_go_into_one_the_last_by_name_counts() {
    let parameters = json!({"sources": ["r1"], "fields": {"z": ["a2", "a"], "b": null}});
    let found = through("concatenate", &parameters).unwrap();
    assert_eq!(found.resources[0], [json!({"z": 3, "b": "x"}), json!({"z": 4, "b": null})]);
    let mut input = input();
    input.resources[0] = vec![json!({"a2": null, "b": "x", "a": 1})];
    let folder = tempfile::tempdir().unwrap();
    let parameters = parameters.as_object().unwrap();
    let found = run("concatenate", parameters, &input, &context(folder.path())).unwrap();
    assert_eq!(found.resources[0], [json!({"z": 1, "b": "x"})]);
}

#[test]
fn a_concatenation_has_the_key_of_the_fields_that_describe_it() {
    let mut input = input();
    input.package["resources"][2]["schema"]["primaryKey"] = json!(["a2", "b"]);
    input.package["resources"].as_array_mut().unwrap().remove(1);
    let fields = json!({"x": ["b", "a"], "a2": null});
    let parameters = json!({"fields": fields});
    let folder = tempfile::tempdir().unwrap();
    let parameters = parameters.as_object().unwrap();
    let found = run("concatenate", parameters, &input, &context(folder.path())).unwrap();
    assert_eq!(found.package["resources"][0]["schema"]["primaryKey"], json!(["x"]));
}

#[test]
fn a_row_without_values_stops_a_concatenation_and_is_named() {
    let empty = failure("concatenate", &json!({"sources": "r1", "fields": {"b": []}}));
    assert!(empty.contains("resource `r1`, row 2"), "{empty}");
}

#[test]
fn a_filter_on_an_unknown_field_fails() {
    let unknown = failure("filter", &json!({"resources": "r1", "in": [{"zz": 1}]}));
    assert!(unknown.contains("resource `r1`: has no field `zz`"), "{unknown}");
}

#[test]
fn a_pattern_that_deletes_nothing_fails_and_shows_the_fields() {
    let unused = failure("delete_fields", &json!({"fields": ["b", "c"]}));
    assert!(unused.contains("`c` fits no field"), "{unused}");
    assert!(unused.contains("`a`, `a2`, `b`"), "{unused}");
}

#[test]
fn unpivoting_nothing_gives_no_rows() {
    let parameters = json!({
        "resources": "r1",
        "unpivot": [{"name": "zz", "keys": {"k": 1}}],
        "extraKeyFields": [{"name": "k", "type": "integer"}],
        "extraValueField": {"name": "v", "type": "number"},
    });
    let found = through("unpivot", &parameters).unwrap();
    assert_eq!(fields(&found, 0), ["a", "b", "a2", "k", "v"]);
    assert!(found.resources[0].is_empty());
    assert_eq!(found.resources[1].len(), 1);
}

#[test]
fn a_sample_needs_one_size() {
    assert!(failure("sample", &json!({})).contains("give either"));
    assert!(failure("sample", &json!({"fraction": 2})).contains("from 0 to 1"));
    let found = through("sample", &json!({"rows": 1, "resources": "r1"})).unwrap();
    assert_eq!((found.resources[0].len(), found.resources[1].len()), (1, 1));
}

#[test]
fn null_sorts_as_the_text_none_among_texts_and_before_positive_numbers() {
    let sorted = |kind: &str, values: &[Json]| {
        let mut stream = input();
        stream.package["resources"][0]["schema"]["fields"][1]["type"] = kind.into();
        stream.resources[0] = values.iter().map(|value| json!({"b": value})).collect();
        let folder = tempfile::tempdir().unwrap();
        let parameters = json!({"resources": "r1", "sort-by": "{b}"});
        let ctx = context(folder.path());
        let found = run("sort", parameters.as_object().unwrap(), &stream, &ctx).unwrap();
        found.resources[0].iter().map(|row| row["b"].clone()).collect::<Vec<_>>()
    };
    let texts = [json!("Olga"), json!("Nina"), json!(null), json!("Ämil"), json!("None ")];
    let expected = [json!("Nina"), json!(null), json!("None "), json!("Olga"), json!("Ämil")];
    assert_eq!(sorted("string", &texts), expected);
    let numbers = [json!(null), json!(3), json!(-2), json!(0), json!(10)];
    assert_eq!(
        sorted("integer", &numbers),
        [json!(-2), json!(0), json!(null), json!(3), json!(10)]
    );
    let zeros = ["-1.5", "0", "-0.0", "2"].map(|text| json!({ "type{decimal}": text }));
    let [below, zero, minus_zero, above] = zeros.clone();
    assert_eq!(sorted("number", &zeros), [minus_zero, below, zero, above]);
}

#[test]
fn a_full_outer_join_gives_a_key_none_the_null_that_it_matches() {
    let mut input = input();
    input.resources[1] =
        vec![json!({"a": 9, "b": "None", "a2": 5}), json!({"a": 9, "b": "x", "a2": 6})];
    let parameters = json!({
        "source": {"name": "r1", "key": ["b"]}, "target": {"name": "r2", "key": ["b"]},
        "fields": {"found": {"name": "a"}}, "mode": "full-outer",
    });
    let folder = tempfile::tempdir().unwrap();
    let found =
        run("join", parameters.as_object().unwrap(), &input, &context(folder.path())).unwrap();
    assert_eq!(
        found.resources[1],
        [
            json!({"a": 9, "b": null, "a2": 5, "found": 2}),
            json!({"a": 9, "b": "x", "a2": 6, "found": 1})
        ]
    );
}
