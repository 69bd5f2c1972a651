//! Doors of several nodes.

use crate::client::{Reply, bulk, bulks, ok};
use crate::kit::{Node, until};

#[tokio::test(flavor = "multi_thread")]
async fn waiting_watching_and_listening_work_across_nodes() {
    let [near, far] = Node::start_many().await;
    let (mut one, mut two) = (near.client(), far.client());
    // A pop waits here for a push there.
    one.send(&[&["BLPOP", "a", "0"]]);
    two.say("RPUSH a x");
    assert_eq!(one.receive(), bulks(&["a", "x"]));
    // What is watched here is changed there.
    one.say("WATCH w");
    two.say("SET w 1");
    one.say("MULTI");
    one.say("SET w 2");
    assert_eq!(one.say("EXEC"), Reply::Nil);
    assert_eq!(one.say("GET w"), bulk("1"));
    // What is said there is heard here.
    one.say("SUBSCRIBE c");
    two.say("PUBLISH c hello");
    assert_eq!(one.receive(), bulks(&["message", "c", "hello"]));
    near.end().await;
    far.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_writes_are_refused_and_old_reads_go_on() {
    let [near, far] = Node::start_many().await;
    let mut client = near.client();
    assert_eq!(client.say("SET a 1"), ok());
    far.end().await;
    let down = "CLUSTERDOWN no quorum: 1 of 2 voters; add a witness";
    assert_eq!(client.say("SET a 2"), Reply::Error(down.into()));
    assert_eq!(client.say("GET a"), Reply::Error(down.into()));
    assert_eq!(client.say("READONLY"), ok());
    assert_eq!(client.say("GET a"), bulk("1"));
    assert_eq!(client.say("READWRITE"), ok());
    near.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_pushed_to_and_popped_from() {
    use state::Engine;
    let node = Node::start(None).await;
    let name = bytes::Bytes::from_static(b"jobs");
    let settings = structures::queue::Settings::default();
    let command = structures::queue::Command::Configure { name, settings };
    let request = structures::Request { id: None, command: command.into() };
    node.engine.propose(&request, std::time::Duration::from_secs(20)).await.unwrap();
    let (mut one, mut two) = (node.client(), node.client());
    assert_eq!(one.say("TYPE jobs"), Reply::Simple("queue".into()));
    assert_eq!(one.say("RPUSH jobs a b c"), Reply::Integer(3));
    assert_eq!(one.say("LLEN jobs"), Reply::Integer(3));
    assert_eq!(one.say("LPOP jobs"), bulk("a"));
    assert_eq!(one.say("RPOP jobs 2"), bulks(&["b", "c"]));
    let wrong = "WRONGTYPE Operation against a key holding the wrong kind of value";
    for line in ["LRANGE jobs 0 -1", "LINDEX jobs 0", "GET jobs", "HGET jobs f", "LSET jobs 0 x"] {
        assert_eq!(one.say(line), Reply::Error(wrong.into()), "{line}");
    }
    one.send(&[&["BRPOP", "jobs", "0"]]);
    until("it is popped", || two.say("RPUSH jobs x") == Reply::Integer(1));
    assert_eq!(one.receive(), bulks(&["jobs", "x"]));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_do_not_see_that_a_leader_is_lost() {
    let [leader, one, two] = Node::start_many().await;
    let count = |mut client: crate::client::Client, name: &'static str| {
        tokio::task::spawn_blocking(move || {
            for expected in 1..=400 {
                assert_eq!(client.say(&format!("INCR {name}")), Reply::Integer(expected));
            }
        })
    };
    let counting = [count(one.client(), "a"), count(one.client(), "b"), count(two.client(), "c")];
    let mut other = two.client();
    until("they count", || other.say("GET a") > bulk("50"));
    leader.kill().await;
    for counting in counting {
        counting.await.unwrap();
    }
    one.end().await;
    two.end().await;
}
