//! Members that are lost for good, or about to be stopped.

use super::node::{Home, until};

#[test]
fn a_survivor_of_a_lost_quorum_becomes_a_cluster_of_one() {
    let home = Home::new();
    let mut first = home.start("a", &["--name", "one"]);
    let mut second = home.start("b", &["--name", "two"]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    assert_eq!(home.thorp(&["map", "put", "m", "k", "v"]).code, Some(0));
    let data = home.path("a");
    let recover = ["node", "recover", "--data", data.as_str()];
    let runs = home.thorp(&[&recover[..], &["--yes"]].concat());
    assert!(runs.code == Some(1) && runs.error.contains("STATE_IN_USE"), "{runs:?}");
    first.kill();
    second.kill();

    let asked = home.thorp(&recover);
    assert_eq!(asked.code, Some(2), "{asked:?}");
    assert!(asked.error.contains("`two` at 127.0.0.1:") && asked.error.contains("--yes"));
    let recovered = home.thorp(&[&recover[..], &["--yes", "--output", "json"]].concat());
    assert_eq!(recovered.json()["forgotten"], serde_json::json!(["two"]));
    let again = home.thorp(&[&recover[..], &["--yes"]].concat());
    assert!(again.code == Some(1) && again.error.contains("MEMBERS_UNCHANGED"), "{again:?}");

    let node = home.start("a", &[]);
    assert_eq!(node.redis(&["HGET", "m", "k"]), "v");
    assert_eq!(node.redis(&["SET", "after", "1"]), "OK");
    let members = home.status().unwrap()["members"].as_array().unwrap().len();
    assert_eq!(members, 1);
}

#[test]
fn a_drained_member_refuses_work_until_it_is_taken_back() {
    let home = Home::new();
    let first = home.start("a", &["--name", "one"]);
    let second = home.start("b", &["--name", "two"]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    assert_eq!(home.thorp(&["node", "drain", "one"]).text(), "");
    let refused = first.redis(&["SET", "k", "v"]);
    assert!(refused.starts_with("CLUSTERDOWN this node is drained; use `two`"), "{refused}");
    assert_eq!(second.redis(&["SET", "k", "v"]), "OK");
    let url = format!("https://{}", first.https);
    let put = home.thorp(&["map", "put", "m", "k", "v", "--cluster", &url]);
    assert!(put.code == Some(1) && put.error.contains("NODE_DRAINED"), "{put:?}");
    let unknown = home.thorp(&["node", "drain", "nobody"]);
    assert!(unknown.code == Some(1) && unknown.error.contains("MEMBER_UNKNOWN"), "{unknown:?}");

    assert_eq!(home.thorp(&["node", "undrain", "one"]).text(), "");
    assert_eq!(first.redis(&["SET", "k", "w"]), "OK");
    until("it votes again", || home.status().is_some_and(|status| status["voters"] == 2));
}
