//! Publish and subscribe.

use crate::client::{Reply, bulk, bulks};
use crate::kit::{Node, until};

fn told(words: &[&str]) -> Reply {
    bulks(words)
}

fn confirmed(word: &str, name: &str, count: i64) -> Reply {
    Reply::Array(vec![bulk(word), bulk(name), Reply::Integer(count)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_version_2_hears_of_changes_for_another() {
    let node = Node::start(None).await;
    let (mut ear, mut reader) = (node.client(), node.client());
    let Reply::Integer(id) = ear.say("CLIENT ID") else { panic!("a number") };
    ear.say("SUBSCRIBE __redis__:invalidate");
    assert_eq!(
        reader.say(&format!("CLIENT TRACKING ON REDIRECT {id}")),
        Reply::Simple("OK".into())
    );
    assert_eq!(reader.say("CLIENT GETREDIR"), Reply::Integer(id));
    reader.say("GET a");
    node.client().say("SET a 1");
    let names = Reply::Array(vec![Reply::Bulk("a".into())]);
    let channel = Reply::Bulk("__redis__:invalidate".into());
    let told = Reply::Array(vec![Reply::Bulk("message".into()), channel, names]);
    assert_eq!(ear.hear(), Some(told));
    drop(ear);
    until("the other connection has gone", || {
        format!("{:?}", reader.say("CLIENT TRACKINGINFO")).contains("broken_redirect")
    });
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_channels_and_patterns() {
    let node = Node::start(None).await;
    let (mut ear, mut mouth) = (node.client(), node.client());
    assert_eq!(ear.say("SUBSCRIBE a b"), confirmed("subscribe", "a", 1));
    assert_eq!(ear.receive(), confirmed("subscribe", "b", 2));
    assert_eq!(ear.say("PSUBSCRIBE a*"), confirmed("psubscribe", "a*", 3));
    assert_eq!(mouth.say("PUBLISH a hello"), Reply::Integer(2));
    assert_eq!(mouth.say("PUBLISH abc hello"), Reply::Integer(1));
    assert_eq!(mouth.say("PUBLISH c hello"), Reply::Integer(0));
    assert_eq!(ear.receive(), told(&["message", "a", "hello"]));
    assert_eq!(ear.receive(), told(&["pmessage", "a*", "a", "hello"]));
    assert_eq!(ear.receive(), told(&["pmessage", "a*", "abc", "hello"]));
    assert_eq!(mouth.say("PUBSUB CHANNELS"), bulks(&["a", "b"]));
    let counts = vec![bulk("a"), Reply::Integer(1), bulk("x"), Reply::Integer(0)];
    assert_eq!(mouth.say("PUBSUB NUMSUB a x"), Reply::Array(counts));
    assert_eq!(mouth.say("PUBSUB NUMPAT"), Reply::Integer(1));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_can_say_little_else_in_version_2() {
    let node = Node::start(None).await;
    let mut ear = node.client();
    ear.say("SUBSCRIBE a");
    let Reply::Error(text) = ear.say("GET a") else { panic!("it must be refused") };
    assert!(text.starts_with("ERR Can't execute 'get': only (P|S)SUBSCRIBE"), "{text}");
    assert_eq!(ear.say("PING"), bulks(&["pong", ""]));
    assert_eq!(ear.say("UNSUBSCRIBE"), confirmed("unsubscribe", "a", 0));
    assert_eq!(ear.say("GET a"), Reply::Nil);
    let nobody = Reply::Array(vec![bulk("unsubscribe"), Reply::Nil, Reply::Integer(0)]);
    assert_eq!(ear.say("UNSUBSCRIBE"), nobody);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_version_3_messages_are_pushed_between_replies() {
    let node = Node::start(None).await;
    let (mut ear, mut mouth) = (node.client().hello3(), node.client());
    let subscribed = Reply::Push(vec![bulk("subscribe"), bulk("a"), Reply::Integer(1)]);
    assert_eq!(ear.say("SUBSCRIBE a"), subscribed);
    assert_eq!(ear.say("SET k v"), crate::client::ok());
    mouth.say("PUBLISH a hello");
    let message = Reply::Push(vec![bulk("message"), bulk("a"), bulk("hello")]);
    assert_eq!(ear.receive(), message);
    assert_eq!(ear.say("GET k"), bulk("v"));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_of_shards_are_apart() {
    let node = Node::start(None).await;
    let (mut ear, mut mouth) = (node.client(), node.client());
    assert_eq!(ear.say("SUBSCRIBE a"), confirmed("subscribe", "a", 1));
    assert_eq!(ear.say("SSUBSCRIBE a"), confirmed("ssubscribe", "a", 1));
    assert_eq!(mouth.say("SPUBLISH a apart"), Reply::Integer(1));
    assert_eq!(mouth.say("PUBLISH a common"), Reply::Integer(1));
    assert_eq!(ear.receive(), told(&["smessage", "a", "apart"]));
    assert_eq!(ear.receive(), told(&["message", "a", "common"]));
    assert_eq!(mouth.say("PUBSUB SHARDCHANNELS"), bulks(&["a"]));
    assert_eq!(ear.say("SUNSUBSCRIBE"), confirmed("sunsubscribe", "a", 0));
    assert_eq!(mouth.say("SPUBLISH a apart"), Reply::Integer(0));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_listen_is_disconnected() {
    let node = Node::start(None).await;
    let (mut ear, mut mouth) = (node.client(), node.client());
    ear.say("SUBSCRIBE a");
    // More than the sockets and the queue of one listener hold, and he reads nothing.
    let message = "x".repeat(100_000);
    let said = (0..2_000).any(|_| mouth.ask(&["PUBLISH", "a", &message]) == Reply::Integer(0));
    assert!(said, "the listener is still there");
    node.end().await;
}
