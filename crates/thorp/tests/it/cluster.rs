//! Nodes as people start them: `thorp up`, the doors, and the commands that talk to a cluster.

mod code;
mod members;
mod node;
mod settings;

use std::process::Command;
use std::time::Duration;

use node::{Home, Node};
use serde_json::Value;

use crate::mounts::in_own_mounts;
use crate::project::Project;

#[test]
fn one_node_works_alone_through_every_door() {
    let home = Home::new();
    let node = home.start("a", &[]);
    assert_eq!(home.thorp(&["map", "put", "m", "key", "a value"]).text(), "");
    assert_eq!(home.thorp(&["map", "get", "m", "key"]).text(), "a value\n");
    assert_eq!(node.redis(&["HGET", "m", "key"]), "a value");
    assert_eq!(node.redis(&["INCR", "visits"]), "1");
    assert_eq!(home.thorp(&["map", "get", "default", "visits"]).text(), "1\n");
    assert_eq!(home.thorp(&["counter", "add", "c", "5"]).text(), "5\n");
    home.thorp(&["queue", "put", "q", "job"]);
    assert_eq!(node.redis(&["LLEN", "q"]), "1");
    assert_eq!(home.thorp(&["queue", "pop", "q"]).text(), "job\n");
    assert_eq!(home.thorp(&["queue", "pop", "q"]).code, Some(1));
    let status: Value = home.thorp(&["status", "--output", "json"]).json();
    assert_eq!(status["members"][0]["role"], "leader");
    assert_eq!(status["advice"][0], "losing this node stops everything; add two nodes");
}

#[test]
fn changes_and_entries_are_followed_as_they_happen() {
    let home = Home::new();
    let node = home.start("a", &[]);
    home.thorp(&["map", "put", "m", "old", "1"]);
    home.thorp(&["topic", "append", "t", "n=1"]);
    let mut watch = home.follow(&["map", "watch", "m", "--output", "json"]);
    let mut follow = home.follow(&["topic", "follow", "t", "--after", "0", "--output", "json"]);
    assert_eq!(follow.next()["fields"], serde_json::json!([["n", "1"]]));
    node.redis(&["XADD", "t", "*", "n", "2"]);
    assert_eq!(follow.next()["fields"], serde_json::json!([["n", "2"]]));
    // A watch begins at the revision of the moment: put until it sees one.
    let mut number = 0;
    node::until("the watch sees a put", || {
        number += 1;
        node.redis(&["HSET", "m", "new", &number.to_string()]);
        watch.try_next().is_some_and(|change| change["key"] == "new")
    });
}

#[test]
fn a_witness_votes_and_serves_no_data() {
    let home = Home::new();
    let _first = home.start("a", &["--name", "one"]);
    let _second = home.start("b", &["--name", "two"]);
    let witness = home.start("w", &["--name", "three", "--witness"]);
    home.wait_for("three voters", |status| status["voters"] == 3);
    let status = home.status().unwrap();
    let members = status["members"].as_array().unwrap();
    assert!(members.iter().any(|member| member["name"] == "three" && member["role"] == "witness"));
    let url = format!("https://{}", witness.https);
    let refused = home.thorp(&["map", "list", "--cluster", &url]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(home.thorp(&["node", "list", "--cluster", &url]).text().lines().count(), 4);
}

#[test]
fn what_a_node_acknowledged_survives_its_kills() {
    let home = Home::new();
    let mut node = home.start("a", &[]);
    for round in 0..5 {
        let names: Vec<String> = (0..20).map(|key| format!("k{round}-{key}")).collect();
        for name in &names {
            assert_eq!(node.redis(&["SET", name, name]), "OK");
        }
        node.kill();
        node = home.start("a", &[]);
        for name in &names {
            assert_eq!(node.redis(&["GET", name]), *name);
        }
    }
    assert_eq!(node.redis(&["DBSIZE"]), "100");
}

/// It has room of its own for what its log takes meanwhile.
#[test]
fn a_node_on_a_full_disk_refuses_writes_answers_reads_and_recovers() {
    let project = Project::new("");
    let script = r#"
        mkdir disk home
        mount -t tmpfs -o size=24m thorp-test disk
        export HOME=$PWD/home XDG_RUNTIME_DIR=$PWD/home
        any=127.0.0.1:0
        "$THORP" up --data disk/node --listen $any --peer-listen $any --redis-listen $any &
        node=$!
        trap 'kill $node; wait $node' EXIT
        attempts=100
        try() { attempts=$((attempts - 1)); test $attempts -gt 0; sleep 0.1; }
        until "$THORP" map put m key before; do try; done
        head -c 24m /dev/zero > disk/all || true
        while "$THORP" map put m other "$(head -c 50000 /dev/zero | tr '\0' x)"; do try; done
        "$THORP" map put m key after 2> refused && exit 1
        "$THORP" status > status
        "$THORP" map get m key > read
        rm disk/all
        until "$THORP" map put m key after; do try; done
        "$THORP" map get m key >> read"#;
    if in_own_mounts(&project, script) {
        assert!(project.read("refused").contains("DISK_FULL"), "{}", project.read("refused"));
        assert!(
            project.read("status").contains("is full: it takes no writes"),
            "{}",
            project.read("status")
        );
        assert_eq!(project.read("read"), "before\nafter\n");
    }
}

#[test]
fn a_founder_that_was_killed_before_it_had_a_state_founds_at_its_next_start() {
    let home = Home::new();
    assert_eq!(home.start("a", &[]).terminate(), Some(0));
    std::fs::remove_dir_all(home.path("a/state")).unwrap();
    std::fs::write(home.path("a/founding"), "").unwrap();
    let node = home.start("a", &[]);
    assert_eq!(node.redis(&["SET", "k", "v"]), "OK");
    assert!(!std::path::Path::new(&home.path("a/founding")).exists());
}

#[test]
fn the_secret_of_another_cluster_of_the_same_name_is_not_written_over() {
    let home = Home::new();
    let _first = home.start("a", &[]);
    let token = home.thorp(&["token"]).text().trim().to_owned();
    let other = Home::new();
    let _own = other.start("b", &[]);
    let path = other.path(".local/state/thorp/thorp.secret");
    let secret = std::fs::read(&path).unwrap();
    let refused = other.up("c", &["--join", &token]).output().unwrap();
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && error.contains("SECRET_DIFFERS"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), secret);
    let _joined = other.start("c", &["--join", &token, "--secret-file", &other.path("c.secret")]);
    home.wait_for("two members", |status| status["members"].as_array().unwrap().len() == 2);
}

#[test]
fn nodes_of_one_user_find_each_other_and_one_of_three_may_die() {
    let home = Home::new();
    let first = home.start("a", &[]);
    let second = home.start("b", &[]);
    let third = home.start("c", &[]);
    home.wait_for("three voters", |status| status["voters"] == 3);
    assert_eq!(first.redis(&["SET", "before", "1"]), "OK");
    assert_eq!(second.redis(&["GET", "before"]), "1");
    let leader = home.leader_among([&first, &second, &third]);
    let mut nodes = [first, second, third];
    nodes[leader].kill();
    let left = &nodes[(leader + 1) % 3];
    node::until("a write is taken again", || left.redis(&["SET", "after", "2"]) == "OK");
    assert_eq!(nodes[(leader + 2) % 3].redis(&["MGET", "before", "after"]), "1\n2");
    home.wait_for("the loss is seen", |status| {
        status["advice"].to_string().contains("losing one more node stops writes")
    });
}

#[test]
fn without_a_quorum_writes_are_refused_and_stale_reads_answered() {
    let home = Home::new();
    let first = home.start("a", &[]);
    let mut second = home.start("b", &[]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    assert_eq!(home.advice(), "losing any one node stops writes; add a witness");
    assert_eq!(home.thorp(&["map", "put", "m", "k", "v"]).code, Some(0));
    second.kill();
    let refused = home.thorp(&["map", "put", "m", "k", "w"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.error.contains("NO_QUORUM"), "{refused:?}");
    let answer = first.redis(&["SET", "k", "v"]);
    assert_eq!(answer, "CLUSTERDOWN no quorum: 1 of 2 voters; add a witness");
    assert_eq!(home.thorp(&["map", "get", "m", "k", "--stale"]).text(), "v\n");
    let _second = home.start("b", &[]);
    node::until("writes go on", || home.thorp(&["map", "put", "m", "k", "w"]).code == Some(0));
}

#[test]
fn a_second_machine_joins_with_the_line_of_a_token_and_the_leader_can_be_removed() {
    let home = Home::new();
    let first = home.start("a", &["--name", "one"]);
    let token = home.thorp(&["token"]).text().trim().to_owned();
    let elsewhere = Home::new();
    let second = elsewhere.start("b", &["--name", "two", "--join", &token]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    assert_eq!(first.redis(&["SET", "k", "v"]), "OK");
    assert_eq!(second.redis(&["GET", "k"]), "v");
    assert_eq!(home.thorp(&["node", "remove", "one"]).code, Some(0));
    elsewhere.wait_for("the other leads alone", |status| {
        status["voters"] == 1 && status["leader"] == "two"
    });
    assert_eq!(second.redis(&["GET", "k"]), "v");
    assert_eq!(second.redis(&["SET", "k", "w"]), "OK");
    let told = "the cluster has removed this node: stop it; \
                it may join again with an empty data folder";
    home.wait_for("the other one says that it was removed", |status| {
        status["advice"] == serde_json::json!([told])
    });
    assert!(first.log().contains(told), "{}", first.log());
}

#[test]
fn a_wrong_secret_is_refused_with_the_reason_on_both_sides() {
    let home = Home::new();
    let first = home.start("a", &[]);
    let other = Home::new();
    let secret = other.path("secret");
    std::fs::write(&secret, "a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5\n").unwrap();
    let refused = other.up("b", &["--join", &first.peers, "--secret-file", &secret]).output();
    let refused = refused.unwrap();
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && error.contains("JOIN_SECRET"), "{error}");
    assert!(first.log().contains("the secret is not the one of cluster"), "{}", first.log());
    assert_eq!(home.thorp(&["node", "list"]).text().lines().count(), 2);
}

#[test]
fn a_port_that_is_taken_names_the_process_and_the_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new();
    let refused = home.up("a", &["--redis-listen", &address]).output().unwrap();
    let error = String::from_utf8_lossy(&refused.stderr);
    let process = format!("(process {})", std::process::id());
    for part in [address.as_str(), &process, "--redis-listen", "PORT_TAKEN"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!std::path::Path::new(&home.path("a")).exists(), "nothing is left behind");
}

#[test]
fn a_node_ends_in_order_when_it_is_told_to() {
    let home = Home::new();
    let node = home.start("a", &[]);
    assert_eq!(node.redis(&["SET", "k", "v"]), "OK");
    assert_eq!(node.terminate(), Some(0));
    let nowhere = home.thorp(&["map", "list"]);
    assert_eq!(nowhere.code, Some(3), "{nowhere:?}");
    assert!(nowhere.error.contains("thorp up"), "{nowhere:?}");
    let node = home.start("a", &[]);
    assert_eq!(node.redis(&["GET", "k"]), "v");
}

#[test]
fn clients_of_other_languages_trust_the_authority_of_the_cluster() {
    let home = Home::new();
    let node = home.start("a", &[]);
    let script = "
import json, ssl, sys, urllib.request
url, contact, token = sys.argv[1:]
context = ssl.create_default_context(cadata=json.load(open(contact))['authority'])
request = urllib.request.Request(url, headers={'Authorization': 'Bearer ' + token})
print(json.load(urllib.request.urlopen(request, context=context, timeout=30))['cluster'])
";
    let url = format!("https://{}/api/v1/status", node.https);
    let contact = home.path(".local/state/thorp/thorp.json");
    let token = std::fs::read_to_string(home.path("a/token")).unwrap();
    let mut python = Command::new("python3");
    let asked = run(python.args(["-c", script, &url, &contact, token.trim()]));
    assert_eq!(asked.text(), "thorp\n");
}

#[test]
fn settings_come_from_files_and_wrong_ones_are_named() {
    let home = Home::new();
    let file = home.path("thorp.toml");
    std::fs::write(&file, "[node]\nclaster = \"x\"\n").unwrap();
    let refused = home.up("a", &["--config", &file]).output().unwrap();
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.contains("did you mean `node.cluster`?"), "{error}");
    let check = home.thorp(&["config", "check", &file]);
    assert_eq!(check.code, Some(1), "{check:?}");
    std::fs::write(&file, "[node]\ncluster = \"x\"\n").unwrap();
    let shown: Value = home.thorp(&["config", "show", "--output", "json"]).json();
    assert_eq!(shown["node.cluster"], serde_json::json!({"value": "x", "origin": "thorp.toml"}));
    assert_eq!(shown["redis.listen"]["origin"], "default");
}

#[test]
fn a_hazelcast_edn_names_the_cluster_and_its_registry_folder() {
    let home = Home::new();
    let folder = home.path("members/");
    let edn = format!("{{:id \"bees\" :join :tcp :members {{:file/path \"{folder}\"}}}}\n");
    std::fs::write(home.path("hazelcast.edn"), edn).unwrap();
    let first = home.start("a", &[]);
    let _second = home.start("b", &[]);
    home.wait_for("two voters", |status| status["voters"] == 2 && status["cluster"] == "bees");
    assert!(first.log().contains("hazelcast.edn"), "{}", first.log());
    assert!(std::path::Path::new(&folder).join(&first.peers).exists(), "it is registered");
}

#[test]
fn a_node_that_is_dropped_is_gone() {
    let home = Home::new();
    let node: Node = home.start("a", &[]);
    let address = node.redis_address().to_owned();
    drop(node);
    assert!(std::net::TcpStream::connect(address).is_err());
}

/// A program that is run to its end.
fn run(command: &mut Command) -> node::Ran {
    let output = command.output().unwrap();
    node::Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        error: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Longest that a test waits for what must happen, on a loaded machine.
const SOON: Duration = Duration::from_secs(60);
