//! The processor `sql`.

#![expect(
    clippy::needless_pass_by_value,
    reason = "descriptors are written and read where they are used"
)]

use std::path::Path;

use model::{Json, Map};
use pipeline::error::StepError;
use serde_json::json;

use crate::harness::{Stream, context, run};

/// The resources `flights` and `air ports`, which do not stream in a sorted order.
fn input(flights: Vec<Json>) -> Stream {
    let resource = |name: &str, fields: Json| {
        json!({"name": name, "path": format!("{name}.csv"), "dpp:streaming": true,
               "schema": {"fields": fields}})
    };
    let flights_fields = json!([{"name": "From", "type": "string"},
        {"name": "price", "type": "number"}, {"name": "day", "type": "date"}]);
    let ports_fields =
        json!([{"name": "code", "type": "string"}, {"name": "size", "type": "integer"}]);
    Stream {
        package: json!({"name": "test", "resources":
            [resource("flights", flights_fields), resource("air ports", ports_fields)]}),
        resources: vec![
            flights,
            vec![json!({"code": "A", "size": 7}), json!({"code": "B", "size": 9})],
        ],
        stats: Map::new(),
    }
}

fn flight(from: &str, price: &str) -> Json {
    json!({"From": from, "price": price, "day": {"type{date}": "2020-12-31"}})
}

fn few() -> Stream {
    input(vec![flight("B", "1.50"), flight("A", "2.25"), flight("B", "0.1")])
}

fn select(parameters: Json, input: &Stream) -> Result<Stream, StepError> {
    run("sql", parameters.as_object().unwrap(), input, &context(Path::new("/")))
}

#[test]
fn the_result_is_a_resource_with_its_fields() {
    let query = "SELECT f.From, COUNT(*) AS n, SUM(f.price) AS total, MAX(f.day) AS last, \
                 p.size FROM flights f JOIN \"air ports\" p ON p.code = f.From \
                 GROUP BY f.From, p.size ORDER BY total DESC";
    let done = select(json!({"query": query, "target": "totals"}), &few()).unwrap();
    assert_eq!(done.resources.len(), 3);
    let last = json!({"type{date}": "2020-12-31"});
    assert_eq!(
        done.resources[2],
        [
            json!({"From": "A", "n": 1, "total": {"type{decimal}": "2.25"}, "last": last,
                   "size": 7}),
            json!({"From": "B", "n": 2, "total": {"type{decimal}": "1.60"}, "last": last,
                   "size": 9}),
        ]
    );
    let target = &done.package["resources"][2];
    assert_eq!((&target["name"], &target["path"]), (&json!("totals"), &json!("data/totals.csv")));
    let fields = target["schema"]["fields"].as_array().unwrap();
    let types: Vec<&str> = fields.iter().map(|field| field["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["string", "integer", "number", "date", "integer"]);
}

#[test]
fn inputs_go_away_when_that_is_wanted() {
    let parameters = json!({"query": "SELECT f.From FROM flights f WHERE price > 1 ORDER BY 1",
        "resources": "flights", "delete": true, "target": {"name": "flights", "path": "x.csv"}});
    let done = select(parameters, &few()).unwrap();
    let names: Vec<&Json> =
        done.package["resources"].as_array().unwrap().iter().map(|r| &r["name"]).collect();
    assert_eq!(names, ["air ports", "flights"]);
    assert_eq!(done.resources[1], [json!({"From": "A"}), json!({"From": "B"})]);
}

#[test]
fn nothing_but_a_select_over_the_resources_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let path = file.display().to_string();
    for query in [
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{path}'"),
        format!("COPY flights TO '{path}'"),
        format!("SELECT * FROM '{path}'"),
        format!("SELECT * FROM \"{path}\""),
        format!("SELECT * FROM read_csv('{path}')"),
        "CREATE TABLE t AS SELECT 1".into(),
        "INSERT INTO flights VALUES ('A', 1, NULL)".into(),
        "DROP TABLE flights".into(),
        "SET datafusion.execution.batch_size = 1".into(),
        "SELECT 1; SELECT 2".into(),
        "SELECT * FROM nothing".into(),
        "SELECT 1 AS a, 2 AS a".into(),
    ] {
        let error = select(json!({"query": query}), &few()).unwrap_err();
        assert_eq!(error.to_json()["code"], "STEP_PARAMETER", "{query}: {error}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\n1\n");
}

#[test]
fn a_small_memory_gives_the_same_result() {
    // The larger side of the join alone needs more than the query may have.
    let query = "SELECT a.value AS x, b.value AS y, f.From \
                 FROM generate_series(1, 200000) a JOIN generate_series(1, 200000) b \
                 ON a.value = b.value + 1 JOIN flights f ON f.price * 100 = a.value ORDER BY x DESC";
    let parameters = json!({"query": query});
    let mut results = Vec::new();
    for memory_bytes in [512 * 1024 * 1024, 8 * 1024 * 1024] {
        let mut ctx = context(Path::new("/"));
        ctx.memory_bytes = memory_bytes;
        let done = run("sql", parameters.as_object().unwrap(), &few(), &ctx).unwrap();
        results.push(done.resources[2].clone());
    }
    let expected = [(225, "A"), (150, "B"), (10, "B")];
    let expected = expected.map(|(x, from)| json!({"x": x, "y": x - 1, "From": from}));
    assert_eq!(results[0], expected);
    assert_eq!(results[1], expected);
}

#[test]
fn a_value_that_no_column_can_hold_is_an_error() {
    let mut input = few();
    input.resources[1] = vec![json!({"code": "A", "size": "9223372036854775808"})];
    let error = select(json!({"query": "SELECT size FROM \"air ports\""}), &input).unwrap_err();
    let text = error.to_json().to_string();
    assert!(text.contains("row 1") && text.contains("declare the field as"), "{text}");
}

/// One resource `all-types` with a field of each type.
fn every_type() -> Stream {
    let types = [
        ("i", "integer"),
        ("n", "number"),
        ("b", "boolean"),
        ("d", "date"),
        ("t", "time"),
        ("dt", "datetime"),
        ("y", "year"),
        ("ym", "yearmonth"),
        ("gp", "geopoint"),
        ("du", "duration"),
        ("arr", "array"),
        ("obj", "object"),
        ("gj", "geojson"),
        ("s", "string"),
    ];
    let fields: Vec<Json> =
        types.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    let row = json!({"i": 7, "n": "1.50", "b": true, "d": "2020-12-31", "t": "10:11:12",
        "dt": "2020-12-31T10:11:12Z", "y": "2020", "ym": "2020-01", "gp": "1.5, 2",
        "du": "P1DT2H", "arr": [1, "x"], "obj": {"a": {"b": [true, null]}},
        "gj": {"type": "Point", "coordinates": [1.5, 2]}, "s": "ü"});
    let nulls: Map = types.iter().map(|(name, _)| ((*name).to_owned(), Json::Null)).collect();
    let resource = json!({"name": "all-types", "path": "a.csv", "dpp:streaming": true,
        "schema": {"fields": fields}});
    Stream {
        package: json!({"name": "test", "resources": [resource]}),
        resources: vec![vec![row, Json::Object(nulls)]],
        stats: Map::new(),
    }
}

#[test]
fn a_field_that_passes_keeps_its_type_and_its_value() {
    let plain = run("set_types", &Map::new(), &every_type(), &context(Path::new("/"))).unwrap();
    let query = "SELECT * FROM \"all-types\"";
    let done = select(json!({"query": query}), &every_type()).unwrap();
    assert_eq!(done.resources[1], plain.resources[0]);
    let types = |resource: usize| -> Vec<String> {
        let fields = done.package["resources"][resource]["schema"]["fields"].as_array().unwrap();
        fields.iter().map(|field| format!("{} {}", field["name"], field["type"])).collect()
    };
    assert_eq!(types(1), types(0));
    let query = "SELECT obj AS renamed, upper(obj) AS computed, b FROM \"all-types\" \
                 WHERE ym >= '2020-01' AND gp = '1.5, 2'";
    let done = select(json!({"query": query}), &every_type()).unwrap();
    assert_eq!(
        done.resources[1],
        [
            json!({"renamed": {"a": {"b": [true, null]}}, "computed": "{\"A\": {\"B\": [TRUE, NULL]}}",
                "b": true})
        ]
    );
}

#[test]
fn integers_are_exact_or_an_error() {
    let mut input = few();
    input.resources[1] =
        vec![json!({"code": "A", "size": "9223372036854775807"}), json!({"code": "B", "size": 1})];
    let run = |query: &str| select(json!({"query": query}), &input);
    for query in [
        "SELECT SUM(size) AS n FROM \"air ports\"",
        "SELECT size + 1 AS n FROM \"air ports\"",
        "SELECT size * 2 AS n FROM \"air ports\"",
        "SELECT SUM(size) OVER (ORDER BY size) AS n FROM \"air ports\"",
    ] {
        let error = run(query).unwrap_err().to_json().to_string();
        assert!(
            error.contains("9223372036854775808") || error.contains("1844674407370955161"),
            "{query}: {error}"
        );
    }
    let done = run(
        "SELECT SUM(size - 1) AS n, SUM(CAST(size AS DECIMAL(38, 0))) AS d, SUM(DISTINCT size % 2) \
         AS one FROM \"air ports\"",
    );
    assert_eq!(
        done.unwrap().resources[2],
        [json!({"n": 9_223_372_036_854_775_806_i64, "d": {"type{decimal}": "9223372036854775808"},
                "one": 1})]
    );
    let done =
        run("SELECT code, SUM(size * 0 + 3) AS n FROM \"air ports\" GROUP BY code ORDER BY 1");
    assert_eq!(
        done.unwrap().resources[2],
        [json!({"code": "A", "n": 3}), json!({"code": "B", "n": 3})]
    );
    let done = run("SELECT SUM(size) AS n FROM \"air ports\" WHERE size < 0");
    assert_eq!(done.unwrap().resources[2], [json!({"n": null})]);
}

#[test]
fn what_is_wrong_with_a_query_is_told_with_its_place() {
    for (query, parts) in [
        ("SELECT price,\n  nope FROM flights", ["`nope` at line 2, column 3", "`price`"]),
        ("SELECT *\nFROM nothing", ["`nothing` at line 2, column 6", "`air ports`"]),
        ("SELECT 1 FROM air ports p WHERE x", ["Line: 1", "\"air ports\" with its double quotes"]),
        ("SELEC 1", ["Line: 1, Column: 1", "SELEC"]),
        ("SELECT day, day FROM flights", ["AS", "day"]),
    ] {
        let error = select(json!({"query": query}), &few()).unwrap_err().to_json().to_string();
        let error = error.replace("\\\"", "\"");
        assert!(parts.iter().all(|part| error.contains(part)), "{query}: {error}");
    }
}
