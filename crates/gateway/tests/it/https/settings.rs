//! Settings of the cluster.

use reqwest::Method;
use serde_json::{Value, json};
use structures::settings::Key;

use super::kit::{Open, good, problem};

async fn set(door: &Open, key: &str, body: Value) -> reqwest::Response {
    let path = format!("/api/v1/settings/{key}");
    door.put(&path, body.to_string()).send().await.unwrap()
}

fn setting<'a>(settings: &'a Value, key: &str) -> &'a Value {
    let all = settings["settings"].as_array().unwrap();
    all.iter().find(|setting| setting["key"] == key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_shown_with_defaults_and_changed_with_numbers() {
    let door = Open::new().await;
    let before = door.shown("/api/v1/settings").await;
    assert_eq!(before["number"], 0);
    assert_eq!(before["settings"].as_array().unwrap().len(), Key::ALL.len());
    let lease = setting(&before, "queues.lease");
    assert_eq!((&lease["value"], &lease["is_set"]), (&json!("30s"), &json!(false)));
    assert_eq!((&lease["min"], &lease["max"]), (&json!("1s"), &json!("7d")));

    let answer = good(set(&door, "queues.lease", json!({ "value": "90s" })).await).await;
    assert_eq!(answer, json!({ "number": 1 }));
    let body = json!({ "value": 3, "if_number": 1 });
    assert_eq!(good(set(&door, "queues.attempts", body).await).await["number"], 2);
    good(door.ask(Method::POST, "/api/v1/queues/jobs/items").body("a").send().await.unwrap()).await;
    let works = door.shown("/api/v1/queues/jobs").await;
    assert_eq!(works["settings"]["lease_ms"], 90_000);
    assert_eq!(works["settings"]["attempts_max"], 3);

    let own = door.put("/api/v1/queues/own", json!({ "lease_ms": 7_000 }).to_string());
    good(own.send().await.unwrap()).await;
    let works = door.shown("/api/v1/queues/own").await["settings"].clone();
    assert_eq!(works, json!({ "lease_ms": 7_000, "attempts_max": 3, "retry_delay_ms": 0 }));

    let back = door.told("/api/v1/settings/rollback", json!({ "to": 1 })).await;
    assert_eq!(back, json!({ "number": 3 }));
    good(set(&door, "queues.lease", json!({ "value": null })).await).await;
    let after = door.shown("/api/v1/settings").await;
    assert_eq!((&after["number"], &after["oldest"]), (&json!(4), &json!(1)));
    assert_eq!(after["settings"], before["settings"]);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_says_what_was_when() {
    let door = Open::new().await;
    good(set(&door, "maps.history_bytes", json!({ "value": "32MiB" })).await).await;
    good(set(&door, "queues.attempts", json!({ "value": 7 })).await).await;
    door.told("/api/v1/settings/rollback", json!({ "to": 0 })).await;
    let history = door.shown("/api/v1/settings/history").await;
    let changes = history["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 3);
    assert_eq!((&changes[0]["what"], &changes[0]["value"]), (&json!("set"), &json!("32MiB")));
    let values = json!({ "maps.history_bytes": "32MiB", "queues.attempts": 7 });
    assert_eq!(changes[1]["values"], values);
    assert_eq!((&changes[2]["what"], &changes[2]["to"]), (&json!("rolled_back"), &json!(0)));
    assert_eq!(changes[2]["values"], json!({}));
    assert!(changes[0]["made_ms"].as_u64().unwrap() > 1_600_000_000_000);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_setting_is_a_problem_with_a_fix() {
    let door = Open::new().await;
    let unknown = set(&door, "queue.lease", json!({ "value": "90s" })).await;
    let told: Value = serde_json::from_str(&unknown.text().await.unwrap()).unwrap();
    assert_eq!((&told["status"], &told["code"]), (&json!(404), &json!("SETTING_UNKNOWN")));
    assert!(told["help"].as_str().unwrap().contains("`queues.lease`"), "{told}");
    let cases = [
        ("queues.lease", json!({ "value": 90 }), 400, "SETTING_INVALID"),
        ("queues.lease", json!({ "value": "8d" }), 400, "SETTING_INVALID"),
        ("queues.attempts", json!({ "value": "many" }), 400, "SETTING_INVALID"),
        ("queues.attempts", json!({ "value": 3, "if_number": 4 }), 409, "SETTINGS_CHANGED"),
        ("queues.attempts", json!({ "value": true }), 400, "BODY_INVALID"),
        ("queues.attempts", json!({ "valeu": 3 }), 400, "BODY_INVALID"),
        ("queues.attempts", json!({}), 400, "BODY_INVALID"),
    ];
    for (key, body, status, code) in cases {
        assert_eq!(problem(set(&door, key, body).await, status).await, code);
    }
    let back = door.post("/api/v1/settings/rollback", &json!({ "to": 5 })).send().await.unwrap();
    assert_eq!(problem(back, 404).await, "SETTINGS_NUMBER_UNKNOWN");
    assert_eq!(door.shown("/api/v1/settings").await["number"], 0);
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_kept_as_long_as_the_setting_says() {
    let door = Open::new().await;
    good(set(&door, "https.outcomes_kept", json!({ "value": "1h" })).await).await;
    let add = door.post("/api/v1/counters/c/add", &json!({ "by": 1 }));
    good(add.header("idempotency-key", "one").send().await.unwrap()).await;
    // No session of the default length is due while this one lives.
    let mut ends_ms = None;
    let look = &mut |view: &dyn structures::View| {
        ends_ms = structures::next_deadline(view)?.zip(Some(structures::now_ms(view)?));
        Ok(())
    };
    state::Engine::look(&*door.engine, look).unwrap();
    let (ends_ms, now_ms) = ends_ms.unwrap();
    assert!(ends_ms - now_ms > 50 * 60_000, "{ends_ms} {now_ms}");
    door.close().await;
}
