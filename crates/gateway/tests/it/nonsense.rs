//! Any words are answered, and the door goes on.

use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::client::{Reply, bulk};
use crate::kit::{Node, seed};

/// Commands that wait, end the connection, or do not answer with one reply.
const OTHERS: [&str; 19] = [
    "blmove",
    "blmpop",
    "blpop",
    "brpop",
    "brpoplpush",
    "bzmpop",
    "bzpopmax",
    "bzpopmin",
    "client",
    "hello",
    "psubscribe",
    "punsubscribe",
    "quit",
    "reset",
    "ssubscribe",
    "subscribe",
    "sunsubscribe",
    "unsubscribe",
    "multi",
];

const WORDS: [&str; 48] = [
    "",
    "0",
    "1",
    "-1",
    "2",
    "10",
    "a",
    "b",
    "k",
    "*",
    "$",
    ">",
    "-",
    "+",
    "(1",
    "[a",
    "1-1",
    "5-*",
    "inf",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e308",
    "0.5",
    "NX",
    "XX",
    "GET",
    "EX",
    "PX",
    "KEEPTTL",
    "COUNT",
    "MATCH",
    "LIMIT",
    "WITHSCORES",
    "BYSCORE",
    "STREAMS",
    "GROUP",
    "CREATE",
    "MKSTREAM",
    "LEFT",
    "RIGHT",
    "MIN",
    "MAX",
    "WEIGHTS",
    "AGGREGATE",
    "STREAM",
    "FULL",
    "~",
];

#[tokio::test(flavor = "multi_thread")]
async fn any_words_get_one_answer() {
    let node = Node::start(None).await;
    let mut client = node.client();
    let Reply::Array(names) = client.say("COMMAND LIST") else { panic!("a list of names") };
    let names: Vec<String> = names
        .into_iter()
        .filter_map(|name| if let Reply::Bulk(name) = name { Some(name) } else { None })
        .filter(|name| !OTHERS.contains(&name.as_str()))
        .collect();
    let word = proptest::sample::select(WORDS.to_vec())
        .prop_map(|word| word.as_bytes().to_vec())
        .boxed()
        .prop_union(proptest::collection::vec(any::<u8>(), 0..8).boxed());
    let words = proptest::collection::vec(word, 0..9);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed().to_le_bytes());
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), chance);
    for round in 0..20 {
        for name in &names {
            let words = words.new_tree(&mut runner).unwrap().current();
            let command: Vec<&[u8]> =
                std::iter::once(name.as_bytes()).chain(words.iter().map(Vec::as_slice)).collect();
            let marker = format!("{round} {name}");
            client.send(&[command.as_slice(), &[b"ECHO", marker.as_bytes()]]);
            let answer = client.receive();
            assert_eq!(client.receive(), bulk(&marker), "{name} {words:?} is answered {answer:?}");
        }
    }
    node.end().await;
}
