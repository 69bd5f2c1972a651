//! Settings of the cluster: `thorp config get`, `set`, `diff` and `rollback`.

use serde_json::{Value, json};

use super::node::{Home, Ran};

/// The code of an error on standard error.
fn code(ran: &Ran) -> &str {
    let line = ran.error.lines().find_map(|line| line.trim().strip_prefix("code: "));
    line.unwrap_or_else(|| panic!("{ran:?}")).split(' ').next().unwrap()
}

#[test]
fn a_setting_is_changed_compared_and_gone_back_from_on_all_members() {
    let home = Home::new();
    let _first = home.start("a", &["--name", "one"]);
    let second = home.start("b", &["--name", "two"]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    assert_eq!(home.thorp(&["config", "get", "queues.lease"]).text(), "30s\n");
    assert_eq!(home.thorp(&["config", "diff"]).text(), "key  default  now\n");

    assert_eq!(home.thorp(&["config", "set", "queues.lease", "120s"]).text(), "1\n");
    assert_eq!(home.thorp(&["config", "set", "queues.attempts", "9"]).text(), "2\n");
    let url = format!("https://{}", second.https);
    let there = home.thorp(&["config", "get", "queues.lease", "--cluster", &url]);
    assert_eq!(there.text(), "2m\n");
    let diff = home.thorp(&["config", "diff", "1"]);
    assert_eq!(diff.text(), "key              at 1  now\nqueues.attempts  5     9\n");
    let diff = home.thorp(&["config", "diff", "--output", "json"]);
    let lines: Vec<Value> =
        diff.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({ "key": "queues.attempts", "before": 5, "now": 9 }));
    assert_eq!(lines[1], json!({ "key": "queues.lease", "before": "30s", "now": "2m" }));

    home.thorp(&["queue", "put", "q", "job"]);
    let queue = home.thorp(&["queue", "status", "q", "--output", "json"]).json();
    assert_eq!(queue["settings"]["lease_ms"], 120_000);

    let asked = home.thorp(&["config", "rollback", "0"]);
    assert_eq!(asked.code, Some(2), "{asked:?}");
    assert!(asked.error.contains("--yes"), "{asked:?}");
    let back = home.thorp(&["config", "rollback", "0", "--yes", "--output", "json"]);
    assert_eq!(back.json(), json!({ "number": 3 }));
    let all = home.thorp(&["config", "get", "--output", "json"]).json();
    assert_eq!((&all["number"], &all["oldest"]), (&json!(3), &json!(1)));
    let settings = all["settings"].as_array().unwrap();
    assert!(settings.iter().all(|setting| setting["value"] == setting["default"]), "{all}");
    let history = home.thorp(&["config", "get", "--history"]);
    let last = history.text().lines().last().unwrap();
    assert!(last.starts_with('3') && last.ends_with("back to 0"), "{history:?}");
}

#[test]
fn settings_survive_the_end_of_the_node() {
    let home = Home::new();
    let mut node = home.start("a", &[]);
    home.thorp(&["config", "set", "maps.history_changes", "20000"]);
    node.kill();
    let _node = home.start("a", &[]);
    assert_eq!(home.thorp(&["config", "get", "maps.history_changes"]).text(), "20000\n");
    assert_eq!(home.thorp(&["config", "set", "maps.history_changes", "default"]).text(), "2\n");
    assert_eq!(home.thorp(&["config", "get", "maps.history_changes"]).text(), "10000\n");
}

#[test]
fn what_is_wrong_with_a_setting_is_told_before_a_cluster_is_asked() {
    let home = Home::new();
    // There is no node: it is found out without one.
    let unknown = home.thorp(&["config", "get", "queue.lease"]);
    assert_eq!((unknown.code, code(&unknown)), (Some(2), "SETTING_UNKNOWN"));
    assert!(unknown.error.contains("did you mean `queues.lease`?"), "{unknown:?}");
    let form = home.thorp(&["config", "set", "queues.lease", "30"]);
    assert_eq!((form.code, code(&form)), (Some(2), "SETTING_INVALID"));
    assert!(form.error.contains("a time such as 30s"), "{form:?}");
    let bounds = home.thorp(&["config", "set", "queues.lease", "8d"]);
    assert_eq!((bounds.code, code(&bounds)), (Some(2), "SETTING_INVALID"));
    assert!(bounds.error.contains("it goes from 1s to 7d"), "{bounds:?}");
    let alone = home.thorp(&["config", "get"]);
    assert_eq!(alone.code, Some(3), "{alone:?}");

    let _node = home.start("a", &[]);
    let late = home.thorp(&["config", "set", "queues.attempts", "2", "--if-number", "7"]);
    assert_eq!((late.code, code(&late)), (Some(1), "SETTINGS_CHANGED"));
    let none = home.thorp(&["config", "rollback", "7", "--yes"]);
    assert_eq!((none.code, code(&none)), (Some(1), "SETTINGS_NUMBER_UNKNOWN"));
    let none = home.thorp(&["config", "diff", "7"]);
    assert_eq!((none.code, code(&none)), (Some(1), "SETTINGS_NUMBER_UNKNOWN"));
}
