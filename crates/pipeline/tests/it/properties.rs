//! What holds of any rows: a join is two nested loops, a sort is the stable one, steps in one chain
//! give what each gives alone; within little memory as within much.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::harness::{Shape, Stream, context, difference, run, run_chain};

/// Rows are of the fields `k` (text), `n` (integer) and `x` (number), any of them null.
type Row = (Option<String>, Option<i32>, Option<(i32, u32)>);

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let key = prop::option::weighted(0.9, "[ab]{0,2}");
    let integer = prop::option::weighted(0.9, -9..10_i32);
    let number = prop::option::weighted(0.9, (-50..50_i32, 0..3_u32));
    prop::collection::vec((key, integer, number), 0..most)
}

fn memory() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1_usize), Just(3_000), Just(usize::MAX)]
}

/// Resources `r1`, `r2`, ... with these rows.
fn stream(resources: &[&[Row]]) -> Stream {
    let names = (1..).map(|number| format!("r{number}"));
    let described: Vec<Value> = names
        .take(resources.len())
        .map(|name| {
            let fields = [("k", "string"), ("n", "integer"), ("x", "number")];
            let fields = fields.map(|(name, kind)| json!({"name": name, "type": kind}));
            json!({
                "name": name, "path": format!("{name}.csv"), "dpp:streaming": true,
                "schema": {"fields": fields, "primaryKey": ["k", "n"]},
            })
        })
        .collect();
    let row = |(k, n, x): &Row| json!({"k": k, "n": n, "x": x.map(|(x, scale)| decimal(x, scale))});
    Stream {
        package: json!({"name": "p", "resources": described}),
        resources: resources.iter().map(|rows| rows.iter().map(row).collect()).collect(),
        stats: Map::new(),
    }
}

/// `digits` with the point `scale` digits from the right, as the wire writes it.
fn decimal(digits: i32, scale: u32) -> Value {
    let unit = 10_i32.pow(scale);
    let (whole, rest) = (digits.abs() / unit, digits.abs() % unit);
    let sign = if digits < 0 { "-" } else { "" };
    let width = usize::try_from(scale).unwrap();
    let text =
        if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:0width$}") };
    json!({ "type{decimal}": text })
}

fn through(
    processor: &str,
    parameters: &Value,
    input: &Stream,
    memory_bytes: usize,
) -> Result<Stream, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut ctx = context(folder.path());
    ctx.memory_bytes = memory_bytes;
    run(processor, parameters.as_object().unwrap(), input, &ctx).map_err(|error| error.to_string())
}

/// The joined fields of a target row with these source rows.
fn joined(matching: &[&Row]) -> Map<String, Value> {
    let numbers: Vec<i32> = matching.iter().filter_map(|(_, n, _)| *n).collect();
    let of = |value: Option<i32>| value.map_or(Value::Null, Value::from);
    let list = |empty: bool, value: Value| if empty { Value::Null } else { value };
    let sum = numbers.iter().copied().reduce(|a, b| a + b);
    let fields = json!({
        "sum": of(sum),
        "min": of(numbers.iter().copied().min()),
        "max": of(numbers.iter().copied().max()),
        "first": of(numbers.first().copied()),
        "last": of(numbers.last().copied()),
        "any": of(numbers.last().copied()),
        "count": list(matching.is_empty(), json!(matching.len())),
        "array": list(matching.is_empty(), json!(numbers)),
    });
    fields.as_object().unwrap().clone()
}

/// The join of `source` and `target` by `k`, by two nested loops.
fn nested_loop(source: &[Row], target: &[Row], mode: &str) -> Vec<Value> {
    let text = |key: &Option<String>| key.clone().unwrap_or_else(|| "None".into());
    let of_key = |key: &Option<String>| -> Vec<&Row> {
        source.iter().filter(|(other, ..)| text(other) == text(key)).collect()
    };
    let mut found = Vec::new();
    for (k, n, x) in target {
        let matching = of_key(k);
        if mode == "inner" && matching.is_empty() {
            continue;
        }
        let mut row = joined(&matching);
        row.extend([("k".into(), json!(k)), ("n".into(), json!(n))]);
        row.insert("x".into(), x.map_or(Value::Null, |(x, scale)| decimal(x, scale)));
        found.push(Value::Object(row));
    }
    if mode == "full-outer" {
        let mut left: Vec<&Option<String>> = source.iter().map(|(key, ..)| key).collect();
        left.retain(|key| target.iter().all(|(other, ..)| text(other) != text(key)));
        left.sort_by_key(|key| text(key));
        left.dedup();
        for key in left {
            let mut row = joined(&of_key(key));
            row.insert("k".into(), json!(key));
            found.push(Value::Object(row));
        }
    }
    found
}

/// The stream without nulls: a row that lacks a field and one that has null there are the same.
fn without_nulls(mut stream: Stream) -> Stream {
    let rows = stream.resources.iter_mut().flatten();
    rows.for_each(|row| row.as_object_mut().unwrap().retain(|_, value| !value.is_null()));
    stream
}

/// Where a number stands in the order of `sort`: nulls are between zero and the positive numbers.
fn rank(value: Option<f64>) -> (u8, f64) {
    match value {
        Some(number) if number <= 0.0 => (0, number),
        None => (1, 0.0),
        Some(number) => (2, number),
    }
}

/// A step by number, for a package like that of [`stream`].
fn step(number: usize) -> (&'static str, Value) {
    let sum = json!({"operation": "sum", "target": "s", "source": ["n", "x"]});
    let text = json!({"operation": "format", "target": "t", "with": "{k}-{n}"});
    let join = |mode: &str| {
        json!({
            "source": {"name": "r1", "key": ["k"]}, "target": {"name": "r2", "key": ["k"]},
            "fields": {"from": {"name": "n", "aggregate": "array"}}, "mode": mode,
        })
    };
    let unpivot = json!({
        "resources": "r1", "extraKeyFields": [{"name": "key", "type": "string"}],
        "extraValueField": {"name": "value", "type": "any"},
        "unpivot": [{"name": "([nx])", "keys": {"key": "\\1"}}],
    });
    let steps = [
        ("filter", json!({"in": [{"k": "a", "n": 1}, {"k": ""}]})),
        ("filter", json!({"resources": "r1", "out": [{"k": "b"}]})),
        (
            "find_replace",
            json!({"fields": [{"name": "k", "patterns": [{"find": "a", "replace": "b"}]}]}),
        ),
        ("add_computed_field", json!({"fields": [sum, text]})),
        ("set_types", json!({"types": {"n": {"type": "number"}}})),
        ("set_types", json!({"types": {"x": {"type": "string"}, "k": Value::Null}})),
        ("set_types", json!({})),
        ("sort", json!({"sort-by": "{n}", "reverse": false})),
        ("sort", json!({"sort-by": ["k", "x"], "reverse": true})),
        ("deduplicate", json!({})),
        ("duplicate", json!({"source": "r1", "target-name": "r3"})),
        ("concatenate", json!({"target": {"name": "r2"}, "fields": {"k": null, "n": ["x"]}})),
        ("join", join("inner")),
        ("join", join("full-outer")),
        ("unpivot", unpivot),
        ("delete_fields", json!({"fields": ["x"]})),
        ("update_resource", json!({"resources": "r1", "metadata": {"name": "r0"}})),
    ];
    steps.into_iter().cycle().nth(number).unwrap()
}

proptest! {
    #[test]
    fn a_join_is_two_nested_loops(
        source in rows(40),
        target in rows(20),
        mode in prop_oneof![Just("inner"), Just("half-outer"), Just("full-outer")],
        memory_bytes in memory(),
    ) {
        let names = ["sum", "min", "max", "first", "last", "any", "array"];
        let mut fields: Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"name": "n", "aggregate": name})))
            .collect();
        fields.insert("count".into(), json!({"aggregate": "count"}));
        let parameters = json!({
            "source": {"name": "r1", "key": ["k"], "delete": true},
            "target": {"name": "r2", "key": "{k}"},
            "fields": fields, "mode": mode,
        });
        let found = through("join", &parameters, &stream(&[&source, &target]), memory_bytes);
        prop_assert_eq!(&found.unwrap().resources[0], &nested_loop(&source, &target, mode));
    }

    #[test]
    fn a_sort_is_the_stable_one(
        rows in rows(60),
        by in prop_oneof![Just("n"), Just("x"), Just("k")],
        reverse: bool,
        memory_bytes in memory(),
    ) {
        let mut expected = rows.clone();
        let scaled = |(x, scale): (i32, u32)| f64::from(x) / 10_f64.powi(i32::try_from(scale).unwrap());
        expected.sort_by(|a, b| match by {
            "n" => rank(a.1.map(f64::from)).partial_cmp(&rank(b.1.map(f64::from))).unwrap(),
            "x" => rank(a.2.map(scaled)).partial_cmp(&rank(b.2.map(scaled))).unwrap(),
            _ => {
                let text = |row: &Row| row.0.clone().unwrap_or_else(|| "None".into());
                text(a).cmp(&text(b))
            }
        });
        if reverse {
            expected.reverse();
        }
        let parameters = json!({"sort-by": format!("{{{by}}}"), "reverse": reverse});
        let found = through("sort", &parameters, &stream(&[&rows]), memory_bytes).unwrap();
        prop_assert_eq!(&found.resources[0], &stream(&[&expected]).resources[0]);
    }

    #[test]
    fn a_chain_gives_what_its_steps_give_one_after_the_other(
        first in rows(20),
        second in rows(20),
        numbers in prop::collection::vec(0..17_usize, 1..6),
        batch_rows in 1..25_usize,
        cut in prop::option::of(1..5_usize),
        memory_bytes in memory(),
    ) {
        let steps: Vec<(&str, Value)> = numbers.into_iter().map(step).collect();
        let input = stream(&[&first, &second]);
        let mut naive = Ok(input.clone());
        for (name, parameters) in &steps {
            naive = naive.and_then(|stream| {
                let folder = tempfile::tempdir().unwrap();
                let alone = [(*name, parameters.as_object().unwrap())];
                let shape = Shape { batch_rows: 1, cut: None };
                run_chain(&alone, shape, &stream, &context(folder.path()))
            });
        }
        let folder = tempfile::tempdir().unwrap();
        let mut ctx = context(folder.path());
        ctx.memory_bytes = memory_bytes;
        let all: Vec<(&str, &Map<String, Value>)> =
            steps.iter().map(|(name, parameters)| (*name, parameters.as_object().unwrap())).collect();
        let found = run_chain(&all, Shape { batch_rows, cut }, &input, &ctx);
        match (naive, found) {
            (Ok(naive), Ok(found)) => {
                let (naive, found) = (without_nulls(naive), without_nulls(found));
                prop_assert_eq!(difference(&naive, &found), None);
            }
            (Err(_), Err(_)) => {}
            (naive, found) => prop_assert!(false, "{naive:?}\n{found:?}"),
        }
    }
}
