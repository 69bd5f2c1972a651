//! `env://NAME` in plans that a program builds itself.

use std::sync::{Arc, Mutex};

use pipeline::commit::commit;
use pipeline::context::{Level, Observer};
use pipeline::plan::Plan;
use pipeline::run::{Discard, run};
use serde_json::{Map, Value, json};

use crate::harness::context;
use crate::server::Server;

const TOKEN: &str = "s3cr3t-t0ken-0123456789";

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl Observer for Lines {
    fn log(&self, _: usize, _: Level, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

#[test]
fn sinks_and_logs_of_a_plan_without_a_spec_hold_the_name() {
    let path = format!("/cities.csv?token={TOKEN}");
    let server = Server::start(&[(&path, "name,people\nBern,134591\n")]);
    let folder = tempfile::tempdir().unwrap();
    let lines = Arc::new(Lines::default());
    let mut ctx = context(folder.path());
    ctx.observer = lines.clone();
    ctx.environment = Arc::new(
        [("PLACE".to_owned(), server.url(&path)), ("OWNER".to_owned(), TOKEN.to_owned())].into(),
    );
    let map = |value: Value| -> Map<String, Value> { value.as_object().unwrap().clone() };
    let plan = Plan::new()
        .step("add_resource", map(json!({"name": "cities", "url": "env://PLACE"})))
        .and_then(|plan| plan.step("stream_remote_resources", Map::new()))
        .and_then(|plan| plan.step("update_package", map(json!({"owner": ["env://OWNER"]}))))
        .and_then(|plan| {
            plan.step(
                "load_resource",
                map(json!({"url": "env://OWNER", "resource": 0, "required": false})),
            )
        })
        .and_then(|plan| plan.step("dump_to_path", map(json!({"out-path": "out"}))))
        .unwrap();
    run(plan, &ctx, &mut Discard).unwrap();
    commit(ctx.take_prepared(), &ctx.ledger).unwrap();

    let descriptor = std::fs::read_to_string(folder.path().join("out/datapackage.json")).unwrap();
    assert!(!descriptor.contains(TOKEN), "{descriptor}");
    for name in ["env://PLACE", "env://OWNER"] {
        assert!(descriptor.contains(name), "{descriptor}");
    }
    let lines = lines.0.lock().unwrap().join("\n");
    assert!(lines.contains("not loaded") && !lines.contains(TOKEN), "{lines}");
}
