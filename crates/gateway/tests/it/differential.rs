//! Random commands, given to this door and to redis-server, are answered alike.
//!
//! What has no order in Redis is compared without one. A run prints its seed;
//! `GATEWAY_TEST_SEED` repeats it, `GATEWAY_TEST_ROUNDS` makes it longer, and with `GATEWAY_TEST_ALL` it
//! goes on after the first difference.

mod commands;
mod server;

use std::collections::BTreeMap;

use crate::client::{Client, Reply, bulk, sorted};
use crate::kit::{Node, number, seed};
use commands::{Chance, GROUPS};
pub(crate) use server::Server;

const ROUNDS: usize = 250;

/// Both sides of one conversation.
struct Pair {
    ours: Client,
    theirs: Client,
}

impl Pair {
    fn connect(node: &Node, server: &Server, is_resp3: bool) -> Self {
        let (ours, theirs) = (node.client(), server.client());
        if is_resp3 {
            Self { ours: ours.hello3(), theirs: theirs.hello3() }
        } else {
            Self { ours, theirs }
        }
    }

    /// Gives both the same pipeline, and says where they differ.
    fn differ(&mut self, pipeline: &[Vec<String>]) -> Vec<String> {
        let commands: Vec<Vec<&str>> =
            pipeline.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
        let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
        self.ours.send(&commands);
        self.theirs.send(&commands);
        let mut differences = Vec::new();
        for words in pipeline {
            let (ours, theirs) = (self.ours.receive(), self.theirs.receive());
            let name = words[0].to_ascii_lowercase();
            if !is_alike(&name, &ours, &theirs) {
                let line = words.join(" ");
                differences.push(format!("{line}\n    ours:   {ours:?}\n    theirs: {theirs:?}"));
            }
        }
        differences
    }
}

fn is_alike(name: &str, ours: &Reply, theirs: &Reply) -> bool {
    match (ours, theirs) {
        (Reply::Error(one), two) if one.starts_with("ERR ") => ours == theirs || is_about_name(two),
        (Reply::Integer(one), Reply::Integer(two)) if name.contains("ttl") => {
            (one < &0 && one == two) || one.abs_diff(*two) < 2_000
        }
        (Reply::Integer(one), Reply::Integer(two)) if name.contains("expiretime") => {
            (one < &0 && one == two) || one.abs_diff(*two) < 2_000
        }
        // What is chosen at random differs.
        (Reply::Bulk(_), Reply::Bulk(_)) if name.contains("rand") => true,
        // Queued commands in a transaction are like others.
        (Reply::Array(one), Reply::Array(two)) if name == "exec" => {
            one.len() == two.len()
                && one.iter().zip(two).all(|(one, two)| is_alike("any", one, two))
        }
        (one, two) => comparable(name, one.clone()) == comparable(name, two.clone()),
    }
}

/// Whether Redis looked at the name first and found nothing, or another kind; this door looks at
/// all arguments before it asks for data.
fn is_about_name(reply: &Reply) -> bool {
    match reply {
        Reply::Error(text) => {
            text.starts_with("WRONGTYPE")
                || text.starts_with("NOGROUP")
                || text.contains("no such key")
                || text.contains("requires the key to exist")
                || text.contains("must contain string values")
        }
        Reply::Integer(0) | Reply::Nil => true,
        Reply::Array(items) => items.is_empty() || *items == [bulk("0"), Reply::Array(vec![])],
        _ => false,
    }
}

/// A reply without what may differ: the order of members and fields that have none.
fn comparable(name: &str, reply: Reply) -> Reply {
    match (name, reply) {
        (
            "any" | "smembers" | "sinter" | "sunion" | "sdiff" | "keys" | "hkeys" | "hvals",
            Reply::Array(items),
        ) => Reply::Array(sorted(items)),
        ("hgetall", Reply::Array(items)) => {
            let pairs = items.chunks(2).map(|pair| Reply::Array(pair.to_vec()));
            Reply::Array(sorted(pairs.collect()))
        }
        ("scan" | "sscan" | "zscan", Reply::Array(items)) => match items.as_slice() {
            [cursor, Reply::Array(members)] => {
                Reply::Array(vec![cursor.clone(), Reply::Array(sorted(members.clone()))])
            }
            _ => Reply::Array(items),
        },
        ("hscan", Reply::Array(items)) => match items.as_slice() {
            [cursor, pairs] => {
                Reply::Array(vec![cursor.clone(), comparable("hgetall", pairs.clone())])
            }
            _ => Reply::Array(items),
        },
        ("hello", Reply::Map(pairs)) => {
            Reply::Map(pairs.into_iter().filter(|(key, _)| *key != bulk("id")).collect())
        }
        ("hello", Reply::Array(items)) => {
            let pairs = items.chunks(2).filter(|pair| pair[0] != bulk("id"));
            Reply::Array(pairs.flatten().cloned().collect())
        }
        // A score of less than nothing times nothing is nothing.
        (_, Reply::Bulk(text)) if text == "-0" => bulk("0"),
        (name, Reply::Array(items)) if name.starts_with('z') => {
            Reply::Array(items.into_iter().map(|item| comparable("z", item)).collect())
        }
        // Redis counts less than nothing when an entry was deleted that nobody read.
        ("xinfo", Reply::Integer(number)) => Reply::Integer(number.max(0)),
        ("xinfo", Reply::Array(items)) => {
            Reply::Array(items.into_iter().map(|item| comparable(name, item)).collect())
        }
        ("xinfo", Reply::Map(pairs)) => Reply::Map(
            pairs.into_iter().map(|(key, value)| (key, comparable(name, value))).collect(),
        ),
        (_, reply) => reply,
    }
}

/// Asks both about everything that is stored, so that no difference goes unseen.
fn all_of(client: &mut Client) -> BTreeMap<String, Reply> {
    let Reply::Array(names) = client.say("KEYS *") else { panic!("KEYS answers an array") };
    let mut found = BTreeMap::new();
    for name in names {
        let Reply::Bulk(name) = name else { panic!("a name is a text") };
        let Reply::Simple(kind) = client.ask(&["TYPE", &name]) else { panic!("a type is a word") };
        let words: &[&str] = match kind.as_str() {
            "string" => &["GET"],
            "hash" => &["HGETALL"],
            "list" => &["LRANGE", "0", "-1"],
            "set" => &["SMEMBERS"],
            "zset" => &["ZRANGE", "0", "-1", "WITHSCORES"],
            "stream" => &["XRANGE", "-", "+"],
            other => panic!("nothing made a {other}"),
        };
        let (command, rest) = words.split_first().unwrap();
        let question = [&[*command, &name], rest].concat();
        let reply = comparable(&command.to_ascii_lowercase(), client.ask(&question));
        found.insert(format!("{kind} {name}"), reply);
        let ends = client.ask(&["PTTL", &name]);
        let has_end = ends != Reply::Integer(-1);
        found.insert(format!("{kind} {name} ends"), Reply::Integer(i64::from(has_end)));
    }
    found
}

async fn compare(group: &str, is_resp3: bool) {
    let seed = seed();
    let rounds = number("GATEWAY_TEST_ROUNDS").map_or(ROUNDS, |n| usize::try_from(n).unwrap());
    let (_, make) = GROUPS.iter().find(|(name, _)| *name == group).unwrap();
    let Some(server) = Server::start() else { return };
    let node = Node::start(None).await;
    let mut pair = Pair::connect(&node, &server, is_resp3);
    let mut chance = Chance::new(seed);
    let mut differences = Vec::new();
    for _ in 0..rounds {
        let length = 1 + chance.below(6);
        let pipeline: Vec<Vec<String>> = (0..length).map(|_| make(&mut chance)).collect();
        differences.extend(pair.differ(&pipeline));
        if !differences.is_empty() && std::env::var_os("GATEWAY_TEST_ALL").is_none() {
            break;
        }
        if chance.below(60) == 0 {
            pair.differ(&[vec!["FLUSHALL".to_owned()]]);
        }
    }
    differences.dedup();
    assert!(differences.is_empty(), "seed {seed}:\n{}", differences.join("\n"));
    // A transaction may be open.
    pair.differ(&[vec!["DISCARD".to_owned()]]);
    let (ours, theirs) = (all_of(&mut pair.ours), all_of(&mut pair.theirs));
    assert_eq!(ours, theirs, "seed {seed}");
    drop(pair);
    node.end().await;
}

macro_rules! groups {
    ($($test:ident: $group:literal, $is_resp3:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            compare($group, $is_resp3).await;
        }
    )*};
}

groups! {
    strings_are_answered_alike: "strings", false;
    strings_are_answered_alike_in_version_3: "strings", true;
    generic_commands_are_answered_alike: "generic", false;
    generic_commands_are_answered_alike_in_version_3: "generic", true;
    hashes_are_answered_alike: "hashes", false;
    hashes_are_answered_alike_in_version_3: "hashes", true;
    lists_are_answered_alike: "lists", false;
    lists_are_answered_alike_in_version_3: "lists", true;
    sets_are_answered_alike: "sets", false;
    sets_are_answered_alike_in_version_3: "sets", true;
    sorted_sets_are_answered_alike: "sorted_sets", false;
    sorted_sets_are_answered_alike_in_version_3: "sorted_sets", true;
    streams_are_answered_alike: "streams", false;
    streams_are_answered_alike_in_version_3: "streams", true;
    connections_are_answered_alike: "connection", false;
    connections_are_answered_alike_in_version_3: "connection", true;
    transactions_are_answered_alike: "transactions", false;
    transactions_are_answered_alike_in_version_3: "transactions", true;
}

/// The commands that the page names as missing.
fn missing() -> Vec<String> {
    let page = include_str!("../../../../docs/compatibility-redis.md");
    let (_, tables) = page.split_once("## What is missing").unwrap();
    let names = tables.split('`').skip(1).step_by(2);
    names.map(|name| name.to_ascii_lowercase().replace(' ', "|")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_redis_is_there_or_named_as_missing() {
    let Some(server) = Server::start() else { return };
    let node = Node::start(None).await;
    let missing = missing();
    let arities = |client: &mut Client| {
        let mut arities = BTreeMap::new();
        let Reply::Array(commands) = client.say("COMMAND") else { panic!("an array") };
        let mut rest = commands;
        while let Some(command) = rest.pop() {
            let Reply::Array(parts) = command else { panic!("an array") };
            let (Reply::Bulk(name), Reply::Array(parts_of)) = (&parts[0], &parts[9]) else {
                panic!("a name and subcommands")
            };
            rest.extend(parts_of.iter().cloned());
            arities.insert(name.clone(), parts[1].clone());
        }
        arities
    };
    let (ours, mut theirs) = (arities(&mut node.client()), arities(&mut server.client()));
    for name in &missing {
        assert!(theirs.remove(name).is_some(), "Redis has no command {name}");
        theirs.retain(|other, _| !other.starts_with(&format!("{name}|")));
    }
    assert_eq!(ours, theirs);
    node.end().await;
}
