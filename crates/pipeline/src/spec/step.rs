//! From the JSON of a step to its types.

use std::time::Duration;

use model::Json;

use super::parse::Reader;
use super::{Action, OnError, StepSpec, limits};

const KEYS: &[&str] = &[
    "run",
    "flow",
    "parameters",
    "cache",
    "cached",
    "validate",
    "code",
    "runner",
    "executor",
    "timeout",
    "on_error",
    "_cache_hash",
];

/// Reads one step; nothing when it has no action, which `reader` then knows.
pub(super) fn read(reader: &mut Reader, entry: &Json) -> Option<StepSpec> {
    let Json::Object(map) = entry else {
        reader.expected("a mapping with `run` or `flow`", entry);
        return None;
    };
    reader.check_keys(map, KEYS);
    let run = reader.text(map, "run");
    let flow = reader.text(map, "flow");
    let parameters = reader.map(map, "parameters").cloned().unwrap_or_default();
    let cache = reader.boolean(map, "cache");
    let cached = reader.boolean(map, "cached");
    let validate = reader.boolean(map, "validate").unwrap_or_default();
    let code = reader.text(map, "code");
    let runner = reader.text(map, "runner");
    let executor = reader.text(map, "executor").map(Into::into);
    let timeout = reader.get(
        map,
        "timeout",
        "seconds, or a text like `90s`, `5m`, `2h`, above 0 and up to 30 days",
        duration,
    );
    let on_error = reader.get(map, "on_error", "`raise`, `drop`, `clear` or `collect`", |value| {
        value.as_str().and_then(OnError::named)
    });
    let action = match (run, flow) {
        (Some(run), None) if !run.is_empty() => Action::Run(run),
        (None, Some(flow)) if !flow.is_empty() => Action::Flow(flow),
        (Some(_), Some(_)) => {
            reader.fail("has both `run` and `flow`, one of them is expected".into());
            return None;
        }
        _ => {
            reader.fail("has neither `run` nor `flow`".into());
            return None;
        }
    };
    let cache = cache.or(cached).unwrap_or_default();
    Some(StepSpec {
        action,
        parameters,
        cache,
        validate,
        code,
        runner,
        executor,
        timeout,
        on_error,
    })
}

/// A number of seconds, or a number with a unit.
fn duration(value: &Json) -> Option<Duration> {
    let seconds = match value {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => {
            let text = text.trim();
            let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
            let (number, unit) = text.split_at(unit_at);
            let scale = match unit {
                "ms" => 0.001,
                "" | "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
            number.trim().parse::<f64>().ok()? * scale
        }
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero() && *duration <= limits::TIMEOUT_MAX)
}
