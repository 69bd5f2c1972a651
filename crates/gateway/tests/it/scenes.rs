//! Scenes with several connections, played on this door and on redis-server: all hear the same.

use std::collections::BTreeMap;

use crate::client::{Client, Reply};
use crate::differential::Server;
use crate::kit::{Node, until};

/// Lines of a scene: `1 GET a` asks on connection 1 and waits for the answer, `1> BLPOP a 0` only
/// asks, `1<` hears one reply, `wait 2` lasts until so many connections wait.
const SCENES: &[(&str, &[&str])] = &[
    ("a pop", &["1> BLPOP a b 0", "wait 1", "2 RPUSH b x y", "1<", "2 LRANGE b 0 -1"]),
    ("from the back", &["1> BRPOP a 0", "wait 1", "2 RPUSH a x y", "1<", "2 LLEN a"]),
    ("a move", &["1> BLMOVE a b LEFT RIGHT 0", "wait 1", "2 RPUSH a x", "1<", "2 LRANGE b 0 -1"]),
    (
        "a chain of moves",
        &[
            "1> BLMOVE a b LEFT RIGHT 0",
            "wait 1",
            "2> BLMOVE b c LEFT RIGHT 0",
            "wait 2",
            "3 RPUSH a x",
            "1<",
            "2<",
            "3 LRANGE c 0 -1",
        ],
    ),
    ("an old move", &["1> BRPOPLPUSH a b 0", "wait 1", "2 RPUSH a x y", "1<", "2 LRANGE b 0 -1"]),
    ("many at once", &["1> BLMPOP 0 2 a b LEFT COUNT 2", "wait 1", "2 RPUSH b x y z", "1<"]),
    ("the smallest", &["1> BZPOPMIN a b 0", "wait 1", "2 ZADD b 2 x 1 y", "1<", "2 ZCARD b"]),
    ("the largest", &["1> BZPOPMAX a 0", "wait 1", "2 ZADD a 2 x 1.5 y", "1<"]),
    ("many of a set", &["1> BZMPOP 0 1 a MAX COUNT 5", "wait 1", "2 ZADD a 2 x 1 y", "1<"]),
    (
        "in line",
        &[
            "1> BLPOP a 0",
            "wait 1",
            "2> BLPOP a 0",
            "wait 2",
            "3 RPUSH a x y z",
            "1<",
            "2<",
            "3 LRANGE a 0 -1",
        ],
    ),
    (
        "pushed in a transaction",
        &[
            "1> BLPOP a b 0",
            "wait 1",
            "2 MULTI",
            "2 RPUSH b x",
            "2 RPUSH a y",
            "2 DEL b",
            "2 EXEC",
            "1<",
            "2 KEYS *",
        ],
    ),
    ("another kind", &["1> BLPOP a 0", "wait 1", "2 SADD a x", "2 DEL a", "2 RPUSH a y", "1<"]),
    (
        "a wrong destination",
        &[
            "2 SET b x",
            "1> BLMOVE a b LEFT LEFT 0",
            "wait 1",
            "2 RPUSH a y",
            "1<",
            "2 LRANGE a 0 -1",
        ],
    ),
    (
        "a name that comes by renaming",
        &["2 RPUSH x y", "1> BLPOP a 0", "wait 1", "2 RENAME x a", "1<"],
    ),
    ("a name that comes by a copy", &["2 RPUSH x y", "1> BLPOP a 0", "wait 1", "2 COPY x a", "1<"]),
    (
        "new entries",
        &[
            "2 XADD s 1-1 f a",
            "1> XREAD BLOCK 0 STREAMS s t $ 0",
            "wait 1",
            "2 XADD s 2-1 f b",
            "1<",
        ],
    ),
    (
        "entries of a stream that comes",
        &["1> XREAD BLOCK 0 STREAMS s $", "wait 1", "2 XADD s 1-1 f a", "1<"],
    ),
    (
        "a group",
        &[
            "2 XGROUP CREATE s g $ MKSTREAM",
            "1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
            "wait 1",
            "2 XADD s 1-1 f a",
            "1<",
            "2 XPENDING s g",
            "1 XREADGROUP GROUP g c STREAMS s 0",
        ],
    ),
    (
        "a group that goes",
        &[
            "2 XGROUP CREATE s g $ MKSTREAM",
            "1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
            "wait 1",
            "2 XGROUP DESTROY s g",
            "1<",
        ],
    ),
    (
        "a stream that goes",
        &[
            "2 XGROUP CREATE s g $ MKSTREAM",
            "1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
            "wait 1",
            "2 DEL s",
            "1<",
        ],
    ),
    (
        "a stream that is replaced",
        &[
            "2 XGROUP CREATE s g $ MKSTREAM",
            "1> XREADGROUP GROUP g c BLOCK 0 STREAMS s >",
            "wait 1",
            "2 SET s x",
            "1<",
        ],
    ),
    (
        "waiting in a transaction",
        &[
            "1 MULTI",
            "1 BLPOP a 0",
            "1 BLMOVE a b LEFT LEFT 0",
            "1 BZPOPMIN a 0",
            "1 BLMPOP 0 1 a LEFT",
            "1 XREAD BLOCK 0 STREAMS s $",
            "1 EXEC",
        ],
    ),
    ("unblocking", &["1> BLPOP a 0", "wait 1", "2 CLIENT UNBLOCK 0", "2 RPUSH a x", "1<"]),
    (
        "channels",
        &[
            "1 SUBSCRIBE a",
            "1 PSUBSCRIBE a*",
            "2 PUBLISH a x",
            "1<",
            "1<",
            "2 PUBLISH b x",
            "2 PUBSUB CHANNELS",
            "2 PUBSUB NUMSUB a b",
            "2 PUBSUB NUMPAT",
            "1 UNSUBSCRIBE",
            "1 PUNSUBSCRIBE a*",
            "2 PUBLISH a x",
            "1 PING",
        ],
    ),
    ("pings of a listener", &["1 SUBSCRIBE a", "1 PING", "1 PING x", "1 GET x", "1 QUIT"]),
    (
        "shards",
        &["1 SSUBSCRIBE a", "2 SPUBLISH a x", "1<", "2 PUBSUB SHARDNUMSUB a", "1 SUNSUBSCRIBE"],
    ),
    ("a reset", &["1 SUBSCRIBE a", "1 RESET", "2 PUBLISH a x", "1 MULTI", "1 RESET", "1 EXEC"]),
    (
        "watching",
        &["1 WATCH a", "2 SET a 1", "1 MULTI", "1 GET a", "1 EXEC", "1 MULTI", "1 GET a", "1 EXEC"],
    ),
    ("watching what expires", &["1 SET a 1", "1 WATCH a", "2 PEXPIRE a 0", "1 MULTI", "1 EXEC"]),
    ("watching what is flushed", &["1 SET a 1", "1 WATCH a", "2 FLUSHALL", "1 MULTI", "1 EXEC"]),
    ("watching in vain", &["1 WATCH a", "1 UNWATCH", "2 SET a 1", "1 MULTI", "1 EXEC"]),
    (
        "watching inside",
        &["1 MULTI", "1 WATCH a", "1 MULTI", "1 SET a 1", "1 EXEC", "1 EXEC", "1 DISCARD"],
    ),
];

/// What all connections hear.
/// Scenes of connections that keep what they read.
const KEPT: &[(&str, &[&str])] = &[
    (
        "what was read changes",
        &[
            "1 CLIENT TRACKING ON",
            "1 GET a",
            "2 SET a 1",
            "1<",
            "2 SET a 2",
            "1 GET a",
            "1 LLEN l",
            "2 RPUSH l x",
            "1<",
            "1 HGET h f",
            "2 HSET h f v",
            "1<",
            "2 FLUSHALL",
            "1<",
        ],
    ),
    ("by itself", &["1 CLIENT TRACKING ON", "1 GET a", "1 SET a 1", "1<", "1 SET a 2", "1 GET a"]),
    (
        "not of its own changes",
        &[
            "1 CLIENT TRACKING ON NOLOOP",
            "1 GET a",
            "1 SET a 1",
            "1 GET a",
            "1 CLIENT TRACKINGINFO",
            "2 SET a 2",
            "1<",
        ],
    ),
    (
        "whatever begins so",
        &[
            "1 CLIENT TRACKING ON BCAST PREFIX user: PREFIX cart:",
            "2 SET user:1 x",
            "1<",
            "2 SET other x",
            "2 SET cart:1 x",
            "1<",
            "1 CLIENT TRACKING ON BCAST PREFIX user:1",
            "1 CLIENT TRACKING ON",
            "1 CLIENT TRACKINGINFO",
            "1 CLIENT TRACKING OFF",
            "2 SET user:1 y",
            "1 CLIENT TRACKINGINFO",
        ],
    ),
    (
        "what was chosen",
        &[
            "1 CLIENT TRACKING ON OPTIN",
            "1 GET a",
            "2 SET a 1",
            "1 CLIENT CACHING YES",
            "1 CLIENT TRACKINGINFO",
            "1 CLIENT CACHING YES",
            "1 GET a",
            "1 GET b",
            "2 SET b 1",
            "2 SET a 2",
            "1<",
        ],
    ),
    (
        "what was not chosen",
        &[
            "1 CLIENT TRACKING ON OPTOUT",
            "1 CLIENT CACHING NO",
            "1 GET a",
            "2 SET a 1",
            "1 GET b",
            "2 SET b 1",
            "1<",
        ],
    ),
    (
        "read in a transaction",
        &["1 CLIENT TRACKING ON", "1 MULTI", "1 GET a", "1 EXEC", "2 SET a 1", "1<"],
    ),
    (
        "mistakes",
        &[
            "1 CLIENT CACHING YES",
            "1 CLIENT GETREDIR",
            "1 CLIENT TRACKING MAYBE",
            "1 CLIENT TRACKING ON PREFIX a",
            "1 CLIENT TRACKING ON BCAST OPTIN",
            "1 CLIENT TRACKING ON OPTIN OPTOUT",
            "1 CLIENT TRACKING ON REDIRECT 123456789",
            "1 CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
            "1 CLIENT TRACKING ON OPTIN",
            "1 CLIENT CACHING NO",
            "1 CLIENT CACHING MAYBE",
            "1 CLIENT TRACKING ON OPTOUT",
            "1 CLIENT GETREDIR",
        ],
    ),
];

fn play(
    lines: &[&str],
    mut look: Client,
    connect: &dyn Fn() -> Client,
) -> Vec<(String, Option<Reply>)> {
    let mut connections: BTreeMap<char, Client> = BTreeMap::new();
    let mut heard = Vec::new();
    for line in lines {
        if let Some(count) = line.strip_prefix("wait ") {
            until("connections wait", || {
                let Reply::Bulk(info) = look.say("INFO clients") else { panic!("a text") };
                info.contains(&format!("blocked_clients:{count}\\r"))
            });
            continue;
        }
        let mut rest = line.chars();
        let (name, rest) = (rest.next().unwrap(), rest.as_str());
        let client = connections.entry(name).or_insert_with(connect);
        if let Some(question) = rest.strip_prefix("> ") {
            let words: Vec<&str> = question.split(' ').collect();
            client.send(&[&words]);
        } else if rest == "<" {
            heard.push(((*line).to_owned(), client.hear()));
        } else {
            heard.push(((*line).to_owned(), Some(client.say(rest.trim_start()))));
        }
    }
    heard
}

async fn compare(is_resp3: bool) {
    let Some(server) = Server::start() else { return };
    let node = Node::start(None).await;
    let with = |client: Client| if is_resp3 { client.hello3() } else { client };
    let mut differences = Vec::new();
    // The old protocol has no words for what changed.
    let kept = if is_resp3 { KEPT } else { &[] };
    for (name, lines) in SCENES.iter().chain(kept) {
        let ours = play(lines, node.client(), &|| with(node.client()));
        let theirs = play(lines, server.client(), &|| with(server.client()));
        for (ours, theirs) in ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs) {
            differences.push(format!("{name}: {ours:?}\n    theirs: {:?}", theirs.1));
        }
        node.client().say("FLUSHALL");
        server.client().say("FLUSHALL");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_hear_the_same_in_version_2() {
    compare(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_hear_the_same_in_version_3() {
    compare(true).await;
}
