//! Commands that wait.

use crate::client::{Client, Reply, bulk, bulks};
use crate::kit::{Node, until};

/// How many connections wait, as another one sees it.
fn blocked(client: &mut Client) -> usize {
    let Reply::Bulk(info) = client.say("INFO clients") else { panic!("INFO answers a text") };
    let (_, rest) = info.split_once("blocked_clients:").unwrap();
    rest.split('\\').next().unwrap().parse().unwrap()
}

fn until_blocked(client: &mut Client, count: usize) {
    until("the command waits", || blocked(client) == count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pop_waits_for_a_push() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    one.send(&[&["BLPOP", "a", "b", "0"]]);
    until_blocked(&mut two, 1);
    assert_eq!(two.say("RPUSH b x y"), Reply::Integer(2));
    assert_eq!(one.receive(), bulks(&["b", "x"]));
    assert_eq!(two.say("LRANGE b 0 -1"), bulks(&["y"]));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_first_is_served_first() {
    let node = Node::start(None).await;
    let mut other = node.client();
    let mut waiting: Vec<Client> = Vec::new();
    for count in 1..=3 {
        let mut client = node.client();
        client.send(&[&["BRPOP", "a", "0"]]);
        until_blocked(&mut other, count);
        waiting.push(client);
    }
    for (place, client) in waiting.iter_mut().enumerate() {
        let value = place.to_string();
        assert_eq!(other.ask(&["LPUSH", "a", &value]), Reply::Integer(1));
        assert_eq!(client.receive(), bulks(&["a", &value]));
    }
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_of_many_serves_all_who_wait() {
    let node = Node::start(None).await;
    let mut other = node.client();
    let mut waiting: Vec<Client> = (0..3).map(|_| node.client()).collect();
    for client in &mut waiting {
        client.send(&[&["BLPOP", "a", "0"]]);
    }
    until_blocked(&mut other, 3);
    other.say("RPUSH a 1 2 3 4");
    let replies = waiting.iter_mut().map(Client::receive);
    let replies = crate::client::sorted(replies.collect());
    assert_eq!(replies, [bulks(&["a", "1"]), bulks(&["a", "2"]), bulks(&["a", "3"])]);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_takes_nothing_with_him() {
    let node = Node::start(None).await;
    let mut other = node.client();
    let mut gone = node.client();
    gone.send(&[&["BLPOP", "a", "0"]]);
    until_blocked(&mut other, 1);
    drop(gone);
    until_blocked(&mut other, 0);
    other.say("RPUSH a 1");
    assert_eq!(other.say("LRANGE a 0 -1"), bulks(&["1"]));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_at_its_time_and_by_order() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    assert_eq!(one.say("BLPOP a 0.02"), Reply::Nil);
    assert_eq!(one.say("BZPOPMIN a 0.02"), Reply::Nil);
    let Reply::Integer(id) = one.say("CLIENT ID") else { panic!("an id is a number") };
    one.send(&[&["BLMOVE", "a", "b", "LEFT", "LEFT", "0"], &["PING", "-"]]);
    until_blocked(&mut two, 1);
    assert_eq!(two.say(&format!("CLIENT UNBLOCK {id} ERROR")), Reply::Integer(1));
    let unblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
    assert_eq!(one.receive(), Reply::Error(unblocked.into()));
    assert_eq!(one.receive(), bulk("-"));
    assert_eq!(two.say(&format!("CLIENT UNBLOCK {id}")), Reply::Integer(0));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_became_something_else_is_passed_over() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    one.send(&[&["BLPOP", "a", "b", "0"]]);
    until_blocked(&mut two, 1);
    two.say("SADD a x");
    two.say("RPUSH b y");
    assert_eq!(one.receive(), bulks(&["b", "y"]));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_stream_all_get_what_comes() {
    let node = Node::start(None).await;
    let mut other = node.client();
    other.say("XADD s 1-1 f old");
    other.say("XGROUP CREATE s g $");
    let (mut one, mut two, mut three) = (node.client(), node.client(), node.client());
    one.send(&[&["XREAD", "BLOCK", "0", "STREAMS", "s", "$"]]);
    two.send(&[&["XREAD", "BLOCK", "0", "STREAMS", "s", "1-1"]]);
    let read = ["XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"];
    three.send(&[&read]);
    until_blocked(&mut other, 3);
    other.say("XADD s 2-1 f new");
    let entry = Reply::Array(vec![bulk("2-1"), bulks(&["f", "new"])]);
    let log = Reply::Array(vec![bulk("s"), Reply::Array(vec![entry])]);
    for client in [&mut one, &mut two, &mut three] {
        assert_eq!(client.receive(), Reply::Array(vec![log.clone()]));
    }
    assert_eq!(other.say("XPENDING s g"), {
        let consumer = Reply::Array(vec![bulks(&["c", "1"])]);
        Reply::Array(vec![Reply::Integer(1), bulk("2-1"), bulk("2-1"), consumer])
    });
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_in_the_way_of_those_who_want_something_else() {
    let node = Node::start(None).await;
    let mut other = node.client();
    other.say("XGROUP CREATE s g $ MKSTREAM");
    other.say("XGROUP CREATE s h $");
    let lines = [
        "BZPOPMIN a 0",
        "BLPOP a 0",
        "XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
        "XREADGROUP GROUP g d BLOCK 0 STREAMS s >",
        "XREADGROUP GROUP h c BLOCK 0 STREAMS s >",
    ];
    let mut waiting = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let mut client = node.client();
        let words: Vec<&str> = line.split(' ').collect();
        client.send(&[&words]);
        until_blocked(&mut other, place + 1);
        waiting.push(client);
    }
    other.say("RPUSH a x");
    assert_eq!(waiting[1].receive(), bulks(&["a", "x"]));
    other.say("ZADD a 1 m");
    assert_eq!(waiting[0].receive(), bulks(&["a", "m", "1"]));
    other.say("XADD s 1-1 f v");
    let entry = Reply::Array(vec![bulk("1-1"), bulks(&["f", "v"])]);
    let log = Reply::Array(vec![bulk("s"), Reply::Array(vec![entry])]);
    for place in [2, 4] {
        assert_eq!(waiting[place].receive(), Reply::Array(vec![log.clone()]));
    }
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_closes_ends_those_who_wait() {
    let node = Node::start(None).await;
    let (mut one, mut two) = (node.client(), node.client());
    one.send(&[&["BLPOP", "a", "0"]]);
    until_blocked(&mut two, 1);
    node.end().await;
    assert!(one.is_closed());
    assert!(two.is_closed());
}
