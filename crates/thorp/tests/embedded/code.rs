//! Code: functions over items, expressions, what is loaded; from a node and from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use model::fault::Fault as _;
use serde::{Deserialize, Serialize};
use thorp::code::{CodeError, anonymous, capturing, named, native};
use thorp::{Access, Cluster as _};

use crate::kit::{Both, Place};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i64,
    y: i64,
}

async fn squares(cluster: &Access, items: u64) -> Vec<u64> {
    let results = cluster.fmap(anonymous("x => x * x").unwrap(), 0..items).results::<u64>();
    results.try_collect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_come_typed_in_the_order_of_the_items() {
    const ITEMS: u64 = 20_000;
    let both = Both::start().await;
    for (_, cluster) in both.desks() {
        assert!(squares(&cluster, ITEMS).await.into_iter().eq((0..ITEMS).map(|x| x * x)));
        assert!(squares(&cluster, 0).await.is_empty());
        let moved = capturing("p => ({ x: p.x + by, y: p.y })", &BTreeMap::from([("by", 5)]));
        let points = (0..3).map(|x| Point { x, y: -x });
        let moved = cluster.fmap_stream(moved.unwrap(), futures::stream::iter(points));
        let moved: Vec<Point> = moved.results().try_collect().await.unwrap();
        assert_eq!(moved[2], Point { x: 7, y: -2 });
        let any_order = cluster.fmap(anonymous("x => x").unwrap(), 0..ITEMS).unordered();
        let mut pairs: Vec<(u64, u64)> = any_order.indexed().try_collect().await.unwrap();
        pairs.sort_unstable();
        assert!(pairs.into_iter().eq((0..ITEMS).map(|x| (x, x))));
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_fails_ends_the_results_or_is_one_of_them() {
    let both = Both::start().await;
    let odd = || anonymous("x => { if (x % 2) throw new Error(`${x} is odd`); return x }").unwrap();
    for (word, cluster) in both.desks() {
        let results = cluster.fmap(odd(), [0, 2, 3, 4]).results::<u64>();
        let results: Vec<_> = results.collect().await;
        assert_eq!(results.len(), 3, "{word}: {results:?}");
        let error = results[2].as_ref().unwrap_err();
        assert_eq!(error.code(), "ITEM_FAILED", "{word}");
        assert!(error.to_string().contains("3 is odd"), "{word}: {error}");
        let all = cluster.fmap(odd(), [0, 1, 2]).collect_errors().results::<u64>();
        let all: Vec<_> = all.collect().await;
        assert!(matches!(all[..], [Ok(0), Err(CodeError::Item(_)), Ok(2)]), "{all:?}");
        let other = cluster.fmap(anonymous("x => 'text'").unwrap(), [1, 2]).results::<u64>();
        let other: Vec<_> = other.collect().await;
        assert!(matches!(other[..], [Err(CodeError::Read { index: 0, .. })]), "{other:?}");
        let unknown = cluster.fmap(named("nobody").unwrap(), [1]).results::<u64>();
        let unknown = unknown.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
        assert_eq!(unknown.code(), "FUNCTION_UNKNOWN", "{word}: {unknown}");
        let endless = cluster.fmap(anonymous("x => { for (;;); }").unwrap(), [1]);
        let endless = endless.within(Duration::from_millis(200)).results::<u64>();
        let endless = endless.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
        assert_eq!(endless.code(), "TASK_DEADLINE", "{word}: {endless}");
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_loaded_is_there_for_all_and_can_be_taken_back() {
    let both = Both::start().await;
    for (word, cluster) in both.desks() {
        let before = cluster.patches().await.unwrap().len();
        let loaded = cluster.load("a.js", "export function half(x) { return x / 2 }").await;
        let number = loaded.unwrap().number;
        let results = cluster.fmap(named("half").unwrap(), [8]).results::<f64>();
        assert_eq!(results.try_collect::<Vec<_>>().await.unwrap(), [4.0]);
        let told = cluster.eval("[thorp.node.name, half(3)]").await.unwrap();
        assert_eq!(told[0].value, Some(serde_json::json!(["one", 1.5])), "{word}");
        let broken = cluster.load("b.js", "function (").await.unwrap_err();
        assert_eq!(broken.code(), "PATCH_FAILED", "{word}: {broken}");
        assert_eq!(cluster.patches().await.unwrap().last().unwrap().number, number);
        cluster.roll_back(u64::try_from(before).unwrap()).await.unwrap();
        assert_eq!(cluster.patches().await.unwrap().len(), before);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_reads_what_the_library_wrote() {
    let both = Both::start().await;
    both.node.map::<String, String>("names").put("7", "Ada".to_owned()).await.unwrap();
    both.node.map::<u64, Point>("points").put(&7, Point { x: 1, y: 2 }).await.unwrap();
    let function = anonymous(
        "async id => [await thorp.map('names').get(id), (await thorp.map('points').get(id)).y]",
    );
    let results = both.client.fmap(function.unwrap(), ["7"]).results::<(String, i64)>();
    let results: Vec<_> = results.try_collect().await.unwrap();
    assert_eq!(results, [("Ada".to_owned(), 2)]);
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_results_come_once_when_a_node_is_lost_on_the_way() {
    const ITEMS: u64 = 3_000;
    let place = Place::new();
    let [one, two, three] = place.start_three().await;
    let slow = anonymous("x => { for (let i = 0; i < 20000; i++); return x }").unwrap();
    let mut results = two.fmap(slow, 0..ITEMS).results::<u64>();
    assert_eq!(results.next().await.unwrap().unwrap(), 0);
    drop(three);
    let rest: Vec<u64> = results.try_collect().await.unwrap();
    assert!(rest.into_iter().eq(1..ITEMS));
    for node in [one, two] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_node_gets_no_items() {
    let place = Place::new();
    let [one, two, three] = place.start_three().await;
    two.drain().await.unwrap();
    let where_it_ran = anonymous("x => thorp.node.name").unwrap();
    let names = one.fmap(where_it_ran, 0..20_000).results::<String>();
    let names: BTreeSet<String> = names.try_collect().await.unwrap();
    assert!(!names.contains("two"), "{names:?}");
    assert_eq!(two.eval("1").await.unwrap().len(), 3);
    for node in [one, two, three] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_map_go_where_they_live_with_their_values() {
    let place = Place::new();
    let double = |(id, point): (u64, Option<Point>)| -> Result<(u64, i64), String> {
        Ok((id, point.ok_or("nothing there")?.x * 2))
    };
    let one = place.builder("one").function("double", double).start().await.unwrap();
    let two = place.start("two").await;
    let client = place.client().await;
    let points = one.map::<u64, Point>("points");
    let all = (0..300).map(|id| (id, Point { x: i64::try_from(id).unwrap(), y: 0 }));
    points.put_many(all.collect::<Vec<_>>()).await.unwrap();
    let where_it_ran = || anonymous("([id, p]) => [thorp.node.name, id, p.x]").unwrap();
    let mut homes = Vec::new();
    for cluster in [one.access(), two.access(), client.access()] {
        let results = cluster.each(where_it_ran(), "points", 0..300).results();
        let results: Vec<(String, u64, u64)> = results.try_collect().await.unwrap();
        assert!(results.iter().map(|(_, id, x)| (*id, *x)).eq((0..300).map(|id| (id, id))));
        let names: Vec<String> = results.into_iter().map(|(name, ..)| name).collect();
        assert!(["one", "two"].iter().all(|name| names.iter().any(|home| home == name)));
        homes.push(names);

        let doubled = cluster.each(native("double").unwrap(), "points", [7, 999, 8]);
        let doubled: Vec<_> = doubled.collect_errors().results::<(u64, i64)>().collect().await;
        let [Ok((7, 14)), Err(error), Ok((8, 16))] = &doubled[..] else { panic!("{doubled:?}") };
        assert!(error.to_string().ends_with("`999`, failed: nothing there"), "{error}");
        let nobody = cluster.each(native("nobody").unwrap(), "points", [7]).results::<u64>();
        let nobody = nobody.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
        assert_eq!(nobody.code(), "FUNCTION_UNKNOWN");
        assert!(nobody.to_string().contains("(2 asked)"), "{nobody}");
    }
    assert!(homes.iter().all(|names| *names == homes[0]), "all agree where a key lives");
    client.close().await.unwrap();
    two.stop().await;
    one.stop().await;
}
