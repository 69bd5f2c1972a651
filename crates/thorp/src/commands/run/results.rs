//! What `thorp run` says at its end: for people as datapackage-pipelines says it, or as JSON.

use model::{Json, python};
use pipeline::job::Done;
use serde_json::json;

use crate::cli::Output;
use crate::commands::seconds;

pub(super) fn print(done: &[Done], output: Output) {
    if output == Output::Json {
        return done.iter().for_each(|done| println!("{}", to_json(done)));
    }
    for done in done {
        let word = if done.success { "SUCCESS" } else { "FAILURE" };
        println!("{}: {word}, processed {} rows", done.pipeline, done.rows);
    }
    println!("INFO    :RESULTS:");
    for done in done {
        if done.success {
            println!("INFO    :SUCCESS: {} {}", done.pipeline, python::literal(&public(done)));
        } else {
            println!("INFO    :FAILURE: {} {}", done.pipeline, reason(done));
        }
    }
}

/// The stats in the order of their names, without those that only thorp uses.
fn public(done: &Done) -> Json {
    let mut stats: Vec<(&String, &Json)> =
        done.stats.iter().filter(|(key, _)| *key != ".dpp").collect();
    stats.sort_by_key(|(key, _)| *key);
    Json::Object(stats.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn reason(done: &Done) -> String {
    let texts: Vec<String> = done.errors.iter().map(error_text).collect();
    texts.join("; ")
}

/// One error: the step that failed, what failed, the fix, and the code to look up.
pub(super) fn error_text(error: &Json) -> String {
    let text = error.get("text").and_then(Json::as_str).unwrap_or("unknown error");
    let step = error.get("step").and_then(|step| {
        let index = step.get("index")?.as_u64()?;
        Some(format!("step {} ({}): ", index + 1, step.get("name")?.as_str()?))
    });
    let part = |key: &str, before: &str, after: &str| {
        let part = error.get(key).and_then(Json::as_str);
        part.map_or_else(String::new, |part| format!("{before}{part}{after}"))
    };
    let (help, code) = (part("help", "; ", ""), part("code", " [", "]"));
    format!("{}{text}{help}{code}", step.unwrap_or_default())
}

fn to_json(done: &Done) -> Json {
    json!({
        "pipeline": done.pipeline.as_str(),
        "success": done.success,
        "rows": done.rows,
        "stats": public(done),
        "errors": done.errors,
        "seconds": seconds(done.milliseconds),
    })
}
