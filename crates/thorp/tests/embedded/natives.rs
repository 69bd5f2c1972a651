//! Functions in Rust that programs register on their nodes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use model::fault::{Fault as _, Kind};
use serde::{Deserialize, Serialize};
use thorp::code::{anonymous, native};
use thorp::{Access, Cluster as _, Node};
use tokio::sync::{mpsc, watch};

use crate::kit::{Place, SOON, until};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Image {
    width: u64,
    height: u64,
}

fn halved(image: Image) -> Result<Image, String> {
    match image {
        Image { width: 0, .. } => panic!("an image without width"),
        Image { width, .. } if width % 2 == 1 => Err(format!("{width} is odd")),
        Image { width, height } => Ok(Image { width: width / 2, height: height / 2 }),
    }
}

/// A node with a function that says where it ran.
async fn with_where(place: &Place, name: &'static str) -> Node {
    let builder = place.builder(name).function("where", move |x: u64| Ok::<_, String>((name, x)));
    builder.start().await.unwrap()
}

/// How many items ran on which node.
async fn places(cluster: &Access, items: u64) -> BTreeMap<String, u64> {
    let results = cluster.fmap(native("where").unwrap(), 0..items).results::<(String, u64)>();
    let results: Vec<(String, u64)> = results.try_collect().await.unwrap();
    assert!(results.iter().map(|(_, x)| *x).eq(0..items));
    results.into_iter().fold(BTreeMap::new(), |mut places, (name, _)| {
        *places.entry(name).or_default() += 1;
        places
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_function_is_called_from_any_node_and_from_outside() {
    let place = Place::new();
    let one = place.builder("one").function("image.halve", halved).start().await.unwrap();
    let two = place.start("two").await;
    let client = place.client().await;
    for cluster in [one.access(), two.access(), client.access()] {
        let images = [4, 3, 0, 8].map(|width| Image { width, height: 2 });
        let results = cluster.fmap(native("image.halve").unwrap(), images).collect_errors();
        let results: Vec<_> = results.results::<Image>().collect().await;
        let [Ok(first), Err(odd), Err(none), Ok(last)] = &results[..] else {
            panic!("{results:?}")
        };
        assert_eq!((first.width, last.width, last.height), (2, 4, 1));
        assert!(odd.to_string().ends_with("failed: 3 is odd"), "{odd}");
        assert!(none.to_string().contains("panicked: an image without width"), "{none}");
        let wrong = cluster.fmap(native("image.halve").unwrap(), ["text"]).results::<Image>();
        let wrong = wrong.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
        assert_eq!(wrong.code(), "ITEM_FAILED", "{wrong}");
        let nobody = cluster.fmap(native("nobody").unwrap(), [1]).results::<u64>();
        let nobody = nobody.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
        assert_eq!((nobody.code(), nobody.kind()), ("FUNCTION_UNKNOWN", Kind::NotFound));
        assert!(nobody.to_string().contains("(2 asked)"), "{nobody}");
        assert!(nobody.help().unwrap().contains("function(\"nobody\""), "{nobody:?}");
    }
    client.close().await.unwrap();
    two.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_go_only_to_members_that_have_the_function_also_when_they_come_later() {
    const ITEMS: u64 = 20_000;
    let place = Place::new();
    let one = with_where(&place, "one").await;
    let two = place.start("two").await;
    assert_eq!(places(&two.access(), ITEMS).await, [("one".to_owned(), ITEMS)].into());

    // Items come one by one, until one of them ran on a node that came meanwhile.
    let (items, mut receiver) = mpsc::channel(1);
    let items_there = futures::stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let mut results = two.fmap_stream(native("where").unwrap(), items_there).results();
    items.send(0).await.unwrap();
    let first: (String, u64) = results.next().await.unwrap().unwrap();
    assert_eq!(first, ("one".to_owned(), 0));
    let three = with_where(&place, "three").await;
    let is_used = Arc::new(AtomicBool::new(false));
    let reads = Arc::clone(&is_used);
    let reading = async move {
        let mut next = 1;
        while let Some(result) = results.next().await {
            let (name, x): (String, u64) = result.unwrap();
            assert_eq!(x, next);
            next += 1;
            if name == "three" {
                reads.store(true, Ordering::Relaxed);
            }
        }
    };
    let sending = async {
        for x in 1.. {
            if is_used.load(Ordering::Relaxed) || items.send(x).await.is_err() {
                break;
            }
        }
        drop(items);
    };
    let both = async { tokio::join!(reading, sending) };
    tokio::time::timeout(SOON, both).await.unwrap();
    for node in [three, two, one] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_outlives_its_deadline_keeps_its_place_until_it_returns() {
    let place = Place::new();
    let (begun, mut begins) = mpsc::channel(64);
    let (go_on, goes_on) = watch::channel(false);
    let builder = place.builder("one").function("wait", move |x: u64| {
        begun.blocking_send(x).map_err(|error| error.to_string())?;
        let wait = async { drop(goes_on.clone().wait_for(|goes_on| *goes_on).await) };
        tokio::runtime::Handle::current().block_on(wait);
        Ok::<_, String>(x)
    });
    let node = builder.start().await.unwrap();
    let late = node.fmap(native("wait").unwrap(), 0..8).within(Duration::from_millis(300));
    let late = late.results::<u64>().collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
    assert_eq!(late.code(), "TASK_DEADLINE");
    go_on.send(true).unwrap();
    let all = node.fmap(native("wait").unwrap(), 100..108).results::<u64>();
    assert!(all.try_collect::<Vec<_>>().await.unwrap().into_iter().eq(100..108));
    node.stop().await;
    begins.close();
    let mut first = Vec::new();
    while let Some(x) = begins.recv().await {
        first.extend((x < 100).then_some(x));
    }
    assert_eq!(first, [0], "items were begun that nobody waited for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_could_call_is_refused_at_the_start() {
    let place = Place::new();
    let builder = place.builder("one").function("two words", |x: u64| Ok::<_, String>(x));
    let error = builder.start().await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("FUNCTION_INVALID", Kind::Invalid));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_that_has_a_function_gives_one_result() {
    let place = Place::new();
    let one = with_where(&place, "one").await;
    let two = place.start("two").await;
    let client = place.client().await;
    for cluster in [one.access(), two.access(), client.access()] {
        let told = cluster.all(native("where").unwrap(), &7).results::<(String, u64)>().await;
        let told = told.unwrap();
        assert_eq!(told[0], ("one".to_owned(), Ok(("one".to_owned(), 7))));
        assert_eq!((told[1].0.as_str(), told.len()), ("two", 2));
        assert_eq!(told[1].1.as_ref().unwrap_err().code, "FUNCTION_UNKNOWN");
        let text = cluster.all(anonymous("x => `${x}`").unwrap(), &7).results::<u64>().await;
        let errors: Vec<_> =
            text.unwrap().into_iter().map(|(_, result)| result.unwrap_err().code).collect();
        assert_eq!(errors, ["VALUE_WRONG_TYPE", "VALUE_WRONG_TYPE"]);
    }
    client.close().await.unwrap();
    two.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_shown_until_it_is_over() {
    const ITEMS: i64 = 500;
    let place = Place::new();
    let one = place.start("one").await;
    let client = place.client().await;
    let add = || anonymous("x => thorp.counter('done').add(x)").unwrap();
    for cluster in [one.access(), client.access()] {
        let before = cluster.counter("done").get().await.unwrap();
        let ones = std::iter::repeat_n(1, 500);
        cluster.fmap(add(), ones).detach().await.unwrap();
        until(async || cluster.counter("done").get().await.unwrap() == before + ITEMS).await;
        until(async || cluster.tasks().await.unwrap().tasks.is_empty()).await;
    }

    let (items, mut receiver) = mpsc::channel(1);
    let waits = futures::stream::poll_fn(move |cx| receiver.poll_recv(cx));
    one.fmap_stream(add(), waits).detach().await.unwrap();
    items.send(1).await.unwrap();
    until(async || client.tasks().await.unwrap().tasks.iter().any(|task| task.items == 1)).await;
    let running = client.tasks().await.unwrap();
    assert_eq!((running.tasks[0].member.as_str(), running.silent.len()), ("one", 0));
    client.close().await.unwrap();
    // The node does not wait for it.
    one.stop().await;
    assert!(items.is_closed());
}
