//! What a client of the Redis door sees.

use crate::client::{Reply, bulk, bulks, ok};
use crate::kit::Node;

#[tokio::test(flavor = "multi_thread")]
async fn values_are_set_and_read() {
    let node = Node::start(None).await;
    let mut client = node.client();
    assert_eq!(client.say("PING"), Reply::Simple("PONG".into()));
    assert_eq!(client.say("SET a 1"), ok());
    assert_eq!(client.say("GET a"), bulk("1"));
    assert_eq!(client.say("INCR a"), Reply::Integer(2));
    assert_eq!(client.say("EXISTS a b"), Reply::Integer(1));
    assert_eq!(client.say("TTL a"), Reply::Integer(-1));
    assert_eq!(client.say("HSET h f v"), Reply::Integer(1));
    assert_eq!(client.say("HGET h f"), bulk("v"));
    assert_eq!(client.say("RPUSH l 1 2 3"), Reply::Integer(3));
    assert_eq!(client.say("LRANGE l 0 -1"), bulks(&["1", "2", "3"]));
    assert_eq!(client.say("DEL a h l x"), Reply::Integer(3));
    assert_eq!(client.say("GET a"), Reply::Nil);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_is_answered_in_order() {
    let node = Node::start(None).await;
    let mut client = node.client();
    let lines = ["SET a 1", "GET a", "LPUSH a x", "PING", "INCR a", "GET a", "NOPE x", "MGET a b"];
    let words: Vec<Vec<&str>> = lines.iter().map(|line| line.split(' ').collect()).collect();
    let commands: Vec<&[&str]> = words.iter().map(Vec::as_slice).collect();
    client.send(&commands);
    let replies: Vec<Reply> = lines.iter().map(|_| client.receive()).collect();
    let wrong_type = "WRONGTYPE Operation against a key holding the wrong kind of value";
    let unknown = "ERR unknown command 'NOPE', with args beginning with: 'x' ";
    let expected = [
        ok(),
        bulk("1"),
        Reply::Error(wrong_type.into()),
        Reply::Simple("PONG".into()),
        Reply::Integer(2),
        bulk("2"),
        Reply::Error(unknown.into()),
        Reply::Array(vec![bulk("2"), Reply::Nil]),
    ];
    assert_eq!(replies, expected);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_ends_the_connection_and_says_why() {
    let node = Node::start(None).await;
    let mut client = node.client();
    client.send_raw(b"SET a 1\r\n*1\r\nx\r\n");
    assert_eq!(client.receive(), ok());
    let expected = "ERR Protocol error: expected '$', got 'x'";
    assert_eq!(client.receive(), Reply::Error(expected.into()));
    assert!(client.is_closed());
    node.end().await;
}
