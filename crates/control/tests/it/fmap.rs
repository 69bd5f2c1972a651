//! A function over many items: complete, in order, once; also when members go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use control::tasks::{FMap, FMapError, OnError, Order, Part};
use futures::{Stream, StreamExt, stream};
use model::Map;
use runtime::javascript::{Anonymous, Function};
use state::Engine as _;
use structures::{Request, map};

use crate::kit::{Cluster, SOON};

fn function(source: &str) -> FMap {
    FMap::new(Function::Anonymous(Anonymous::new(source, &Map::new()).unwrap()))
}

/// The numbers below `count`, one per line, in pieces that end anywhere.
fn numbers(count: u64) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin {
    let mut at = 0;
    let mut text = Vec::new();
    stream::iter(std::iter::from_fn(move || {
        while text.len() < 10_007 && at < count {
            text.extend_from_slice(format!("{at}\n").as_bytes());
            at += 1;
        }
        let piece: Vec<u8> = text.drain(..text.len().min(10_007)).collect();
        (!piece.is_empty()).then(|| Ok(Bytes::from(piece)))
    }))
}

fn check(part: &Part, next: &mut u64, wanted: impl Fn(u64) -> String) {
    assert_eq!(part.first_index, *next);
    for result in part.results() {
        assert_eq!(result.unwrap(), wanted(*next));
        *next += 1;
    }
    assert_eq!(part.first_index + part.items, *next);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_items_are_done_in_order_while_a_member_is_killed() {
    let mut cluster = Cluster::of(3).await;
    let mut parts = cluster.tasks(1).fmap(function("x => x * 2"), numbers(100_000));
    let mut next = 0;
    while next < 10_000 {
        check(&parts.next().await.unwrap().unwrap(), &mut next, |index| (index * 2).to_string());
    }
    let task = &cluster.tasks(1).list()[0];
    assert_eq!(task.items, next);
    cluster.kill(3).await;
    while let Some(part) = parts.next().await {
        check(&part.unwrap(), &mut next, |index| (index * 2).to_string());
    }
    assert_eq!(next, 100_000);
    assert_eq!(cluster.tasks(1).list(), []);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_never_answers_holds_up_nothing_for_long() {
    let mut cluster = Cluster::of(1).await;
    cluster.add_frozen(2).await;
    let mut parts = cluster.tasks(1).fmap(function("x => x"), numbers(20_000));
    let mut next = 0;
    while let Some(part) = parts.next().await {
        check(&part.unwrap(), &mut next, |index| index.to_string());
    }
    assert_eq!(next, 20_000);
    let all = cluster.tasks(1).eval("1").await.unwrap();
    assert_eq!(all[0].value.as_deref(), Ok("1"));
    assert_eq!(all[1].value.as_ref().unwrap_err().code, "PEER_UNANSWERED");
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_come_as_they_are_done_are_complete_and_each_comes_once() {
    let cluster = Cluster::of(3).await;
    let what = FMap { order: Order::Done, ..function("x => [thorp.node.name, x]") };
    let parts = cluster.tasks(2).fmap(what, numbers(20_000)).map(Result::unwrap);
    let parts: Vec<Part> = parts.collect().await;
    let mut seen = vec![false; 20_000];
    let mut members = std::collections::BTreeSet::new();
    for part in &parts {
        for (index, result) in (part.first_index..).zip(part.results()) {
            let (name, value): (String, u64) = serde_json::from_str(result.unwrap()).unwrap();
            assert_eq!(value, index);
            assert!(!std::mem::replace(&mut seen[usize::try_from(index).unwrap()], true));
            members.insert(name);
        }
    }
    assert!(seen.iter().all(|seen| *seen));
    assert_eq!(members.len(), 3, "all members worked: {members:?}");
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drained_members_get_nothing_new_unless_all_are_drained() {
    let cluster = Cluster::of(3).await;
    let workers = async || {
        let parts = cluster.tasks(1).fmap(function("x => thorp.node.name"), numbers(20_000));
        let parts: Vec<Part> = parts.map(Result::unwrap).collect().await;
        let mut members = std::collections::BTreeSet::new();
        for part in &parts {
            members.extend(part.results().map(|result| result.unwrap().to_owned()));
        }
        assert_eq!(parts.iter().map(|part| part.items).sum::<u64>(), 20_000);
        members.into_iter().collect::<Vec<_>>()
    };
    cluster.drain(1, true);
    cluster.drain(3, true);
    assert_eq!(workers().await, ["\"node-2\""]);
    assert_eq!(cluster.tasks(1).eval("1").await.unwrap().len(), 3);
    cluster.drain(2, true);
    assert_eq!(workers().await.len(), 3);
    cluster.drain(1, false);
    assert_eq!(workers().await, ["\"node-1\""]);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_fails_ends_all_behind_the_results_before_it() {
    let cluster = Cluster::of(2).await;
    let what =
        function("x => { if (x === 777 || x > 800) throw new Error(`not ${x}`); return x; }");
    let mut parts = cluster.tasks(1).fmap(what, numbers(5_000));
    let mut next = 0;
    let error = loop {
        match parts.next().await.unwrap() {
            Ok(part) => check(&part, &mut next, |index| index.to_string()),
            Err(error) => break error,
        }
    };
    assert_eq!(next, 777);
    let FMapError::Item { index, item, text } = &error else { panic!("{error:?}") };
    assert_eq!((*index, item.as_str(), text.as_str()), (777, "777", "Error: not 777"));
    assert!(parts.next().await.is_none());
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_the_results_of_their_items_when_they_are_collected() {
    let cluster = Cluster::of(2).await;
    let what = FMap {
        on_error: OnError::Collect,
        ..function("x => { if (x % 10 === 3) throw new TypeError('three'); return x; }")
    };
    let mut parts = cluster.tasks(1).fmap(what, numbers(2_000));
    let mut next = 0;
    while let Some(part) = parts.next().await {
        for result in part.unwrap().results() {
            match result {
                Ok(line) => assert_eq!(line, next.to_string()),
                Err(error) => {
                    assert_eq!((error.index, error.text.as_str()), (next, "TypeError: three"));
                    assert_eq!(next % 10, 3);
                }
            }
            next += 1;
        }
    }
    assert_eq!(next, 2_000);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_function_with_captured_values_reaches_all_members() {
    let cluster = Cluster::of(2).await;
    let captured = serde_json::json!({ "table": (0..2_000).collect::<Vec<_>>() });
    let captured = captured.as_object().unwrap().clone();
    let source = Anonymous::new("x => table[x % 2000]", &captured).unwrap();
    let what = FMap::new(Function::Anonymous(source));
    let mut parts = cluster.tasks(1).fmap(what, numbers(6_000));
    let mut next = 0;
    while let Some(part) = parts.next().await {
        check(&part.unwrap(), &mut next, |index| (index % 2_000).to_string());
    }
    assert_eq!(next, 6_000);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_read_than_can_be_held() {
    let cluster = Cluster::of(1).await;
    let read = Arc::new(AtomicU64::new(0));
    let counts = Arc::clone(&read);
    // An endless input, of which one result is taken.
    let line = Bytes::from(format!("\"{}\"\n", "x".repeat(9_997)).repeat(10));
    let input = stream::repeat_with(move || {
        counts.fetch_add(u64::try_from(line.len()).unwrap(), Ordering::Relaxed);
        Ok(line.clone())
    });
    let mut parts = cluster.tasks(1).fmap(function("x => x"), input);
    let mut items = 0;
    for _ in 0..20 {
        items += parts.next().await.unwrap().unwrap().items;
    }
    let held = read.load(Ordering::Relaxed) - items * 10_000;
    let bound = control::limits::HELD_BYTES_MAX + 2 * control::limits::READ_AHEAD_BYTES;
    assert!(held <= u64::try_from(bound).unwrap(), "{held} bytes are held");
    drop(parts);
    assert_eq!(cluster.tasks(1).list(), []);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_ends_at_the_deadline() {
    let cluster = Cluster::of(1).await;
    let deadline = Some(Duration::from_millis(300));
    let what = FMap { deadline, ..function("x => { for (;;); }") };
    let parts: Vec<_> = cluster.tasks(1).fmap(what, numbers(3)).collect().await;
    let [Err(error)] = parts.as_slice() else { panic!("{parts:?}") };
    assert!(matches!(error, FMapError::Deadline { deadline_ms: 300 }), "{error}");
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_and_empty_lines_are_no_items() {
    let cluster = Cluster::of(1).await;
    let tasks = cluster.tasks(1);
    let parts = tasks.fmap(function("x => x"), numbers(0));
    assert_eq!(parts.count().await, 0);
    let lines = stream::iter([Ok(Bytes::from_static(b"\n1\n\n \r\n2"))]);
    let mut parts = tasks.fmap(function("x => x + 1"), lines);
    assert_eq!(parts.next().await.unwrap().unwrap().lines, "2\n3\n");
    assert!(parts.next().await.is_none());
    cluster.end().await;
}

/// The keys below `count`, whose values are twice what they are.
async fn filled(cluster: &Cluster, count: u64) -> String {
    let entries = (0..count).map(|key| (key.to_string().into(), (2 * key).to_string().into()));
    let (entries, map) = (entries.collect(), Bytes::from_static(b"m"));
    let put = map::Command::PutMany { map, entries, only_new: false, over_any_kind: false };
    let request = Request { id: None, command: put.into() };
    cluster.engine(1).propose(&request, SOON).await.unwrap().outcome.unwrap();
    (0..count).map(|key| format!("{key}\n")).collect()
}

/// For each key what the function gave: the member, the key and its value.
async fn homes(cluster: &Cluster, from: u64, keys: &str) -> Vec<(String, u64, Option<u64>)> {
    let source = "([key, value]) => [thorp.node.name, key, value]";
    let source = Function::Anonymous(Anonymous::new(source, &Map::new()).unwrap());
    let keys = Bytes::copy_from_slice(keys.as_bytes());
    let parts = cluster.tasks(from).fmap(FMap::each(source, "m"), stream::iter([Ok(keys)]));
    let parts: Vec<Part> = parts.map(Result::unwrap).collect().await;
    let results = parts.iter().flat_map(Part::results);
    results.map(|result| serde_json::from_str(result.unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_to_the_same_member_from_wherever_it_is_asked_for() {
    let mut cluster = Cluster::of(3).await;
    let keys = filled(&cluster, 2_000).await + "2000\n";
    let all = homes(&cluster, 1, &keys).await;
    for (index, (_, key, value)) in (0..).zip(&all) {
        assert_eq!((*key, *value), (index, (index < 2_000).then_some(2 * index)));
    }
    let members: std::collections::BTreeSet<_> = all.iter().map(|(name, ..)| name).collect();
    assert_eq!(members.len(), 3);
    assert_eq!(homes(&cluster, 2, &keys).await, all);

    cluster.kill(3).await;
    for ((before, ..), (after, ..)) in all.iter().zip(&homes(&cluster, 2, &keys).await) {
        assert!(before == after || before == "node-3", "{before} {after}");
        assert_ne!(after, "node-3");
    }
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_fails_ends_all_behind_the_results_before_it() {
    let cluster = Cluster::of(2).await;
    let keys = filled(&cluster, 1_000).await;
    let source = "([key, value]) => { if (key > 600) throw new Error(`not ${value}`); return key }";
    let source = Function::Anonymous(Anonymous::new(source, &Map::new()).unwrap());
    let mut parts = cluster.tasks(1).fmap(FMap::each(source, "m"), stream::iter([Ok(keys.into())]));
    let mut next = 0;
    let error = loop {
        match parts.next().await.unwrap() {
            Ok(part) => check(&part, &mut next, |index| index.to_string()),
            Err(error) => break error,
        }
    };
    assert_eq!(next, 601);
    assert_eq!(error.to_string(), "item 601, `601`, failed: Error: not 1202");
    cluster.drain(1, true);
    cluster.drain(2, true);
    assert_eq!(homes(&cluster, 1, "7\n8\n").await.len(), 2);
    cluster.end().await;
}
