//! What a connection is told about itself: tokens, names, transactions.

use crate::client::{Reply, bulk, ok};
use crate::kit::Node;

fn error(text: &str) -> Reply {
    Reply::Error(text.to_owned())
}

const WRONG: &str = "WRONGPASS invalid username-password pair or user is disabled.";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_the_door_with_a_user_and_without_one() {
    let node = Node::start(Some("secret")).await;
    for words in [&["AUTH", "secret"][..], &["AUTH", "anybody", "secret"]] {
        let mut client = node.client();
        assert_eq!(client.say("GET a"), error("NOAUTH Authentication required."));
        assert_eq!(client.say("AUTH wrong"), error(WRONG));
        assert_eq!(client.say("AUTH secre"), error(WRONG));
        assert_eq!(client.ask(words), ok());
        assert_eq!(client.say("GET a"), Reply::Nil);
        assert_eq!(client.say("RESET"), Reply::Simple("RESET".into()));
        assert_eq!(client.say("GET a"), error("NOAUTH Authentication required."));
    }
    let mut client = node.client();
    let Reply::Array(told) = client.say("HELLO 2 AUTH default secret SETNAME me") else {
        panic!("HELLO answers a list")
    };
    assert_eq!(told[..2], [bulk("server"), bulk("redis")]);
    assert_eq!(client.say("CLIENT GETNAME"), bulk("me"));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_fails_when_something_watched_has_changed() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    for (change, is_done) in [("SET a 1", false), ("SET b 1", true), ("HSET h f v", false)] {
        one.say("WATCH a h");
        two.say(change);
        assert_eq!(one.say("MULTI"), ok());
        assert_eq!(one.say("SET c 1"), Reply::Simple("QUEUED".into()));
        let done = Reply::Array(vec![ok()]);
        assert_eq!(one.say("EXEC"), if is_done { done } else { Reply::Nil }, "{change}");
    }
    one.say("WATCH a");
    two.say("DEL a");
    one.say("UNWATCH");
    one.say("MULTI");
    assert_eq!(one.say("EXEC"), Reply::Array(vec![]));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_with_a_mistake_is_not_done() {
    let node = Node::start(None).await;
    let mut client = node.client();
    client.say("MULTI");
    client.say("SET a 1");
    client.say("NOPE");
    let aborted = "EXECABORT Transaction discarded because of previous errors.";
    assert_eq!(client.say("EXEC"), error(aborted));
    assert_eq!(client.say("GET a"), Reply::Nil);
    client.say("MULTI");
    client.say("SET a 1");
    client.say("LPUSH a x");
    client.say("INCR a");
    let wrong = "WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(client.say("EXEC"), Reply::Array(vec![ok(), error(wrong), Reply::Integer(2)]));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_can_be_switched_off() {
    let node = Node::start(None).await;
    let mut client = node.client();
    client.send(&[
        &["CLIENT", "REPLY", "OFF"][..],
        &["SET", "a", "1"],
        &["INCR", "a"],
        &["CLIENT", "REPLY", "ON"],
        &["CLIENT", "REPLY", "SKIP"],
        &["INCR", "a"],
        &["GET", "a"],
    ]);
    assert_eq!(client.receive(), ok());
    assert_eq!(client.receive(), bulk("3"));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_listed_and_ended() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    one.say("CLIENT SETNAME first");
    two.say("PING");
    let Reply::Integer(id) = one.say("CLIENT ID") else { panic!("an id is a number") };
    let Reply::Bulk(list) = two.say("CLIENT LIST") else { panic!("a list is a text") };
    assert!(list.contains("name=first"), "{list}");
    assert_eq!(two.say(&format!("CLIENT KILL ID {id}")), Reply::Integer(1));
    assert!(one.is_closed());
    assert_eq!(two.say("CLIENT KILL 1.2.3.4:5"), error("ERR No such client"));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_goes_through_everything() {
    let node = Node::start(None).await;
    let mut client = node.client();
    let mut expected = Vec::new();
    for number in 0..95 {
        let key = format!("key-{number:03}");
        client.ask(&["SET", &key, "x"]);
        client.ask(&["SADD", "set", &key]);
        expected.push(bulk(&key));
    }
    for scan in [&["SCAN"][..], &["SSCAN", "set"]] {
        let (mut cursor, mut found) = ("0".to_owned(), Vec::new());
        loop {
            let rest = [cursor.as_str(), "MATCH", "key-*", "COUNT", "7"];
            let Reply::Array(page) = client.ask(&[scan, &rest].concat()) else {
                panic!("{scan:?}")
            };
            let [Reply::Bulk(next), Reply::Array(items)] = page.as_slice() else {
                panic!("{page:?}")
            };
            found.extend(items.clone());
            cursor.clone_from(next);
            if cursor == "0" {
                break;
            }
        }
        assert_eq!(crate::client::sorted(found), expected);
    }
    let Reply::Error(text) = client.say("SCAN 99999") else { panic!("nobody gave this cursor") };
    assert!(text.starts_with("ERR invalid cursor"), "{text}");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_writes_until_it_ends() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    assert_eq!(one.say("CLIENT PAUSE 100000 WRITE"), ok());
    assert_eq!(two.say("GET a"), Reply::Nil);
    two.send(&[&["SET", "a", "1"]]);
    assert_eq!(one.say("GET a"), Reply::Nil);
    assert_eq!(one.say("CLIENT UNPAUSE"), ok());
    assert_eq!(two.receive(), ok());
    assert_eq!(one.say("CLIENT PAUSE 20"), ok());
    assert_eq!(two.say("GET a"), bulk("1"));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_described() {
    let node = Node::start(None).await;
    let mut client = node.client();
    let Reply::Array(all) = client.say("COMMAND") else { panic!("COMMAND answers an array") };
    assert_eq!(client.say("COMMAND COUNT"), Reply::Integer(i64::try_from(all.len()).unwrap()));
    let Reply::Array(info) = client.say("COMMAND INFO get nope") else { panic!("an array") };
    let [Reply::Array(get), Reply::Nil] = info.as_slice() else { panic!("{info:?}") };
    let flags = Reply::Array(vec![Reply::Simple("readonly".into())]);
    assert_eq!(get[..3], [bulk("get"), Reply::Integer(2), flags]);
    let Reply::Array(help) = client.say("XINFO HELP") else { panic!("HELP answers an array") };
    assert_eq!(
        help[1..],
        ["CONSUMERS", "GROUPS", "HELP", "STREAM"].map(|word| Reply::Simple(word.into()))
    );
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_too_large_is_refused_and_the_connection_stays() {
    let node = Node::start(None).await;
    let mut client = node.client();
    let largest = "x".repeat(structures::limits::VALUE_BYTES_MAX);
    assert_eq!(client.ask(&["SET", "a", &largest]), ok());
    let larger = format!("{largest}x");
    let refused = "ERR the value has 1048577 bytes, more than 1048576; put it into a bucket";
    assert_eq!(client.ask(&["SET", "a", &larger]), error(refused));
    assert_eq!(client.say("STRLEN a"), Reply::Integer(1_048_576));
    node.end().await;
}
