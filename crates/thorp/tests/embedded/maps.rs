//! Maps: typed round trips, conditions, pages, and what changes.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use model::fault::Fault as _;
use serde::{Deserialize, Serialize};
use thorp::map::{Change, MapError};
use thorp::{Cluster as _, Map};

use crate::kit::{Both, Place};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Person {
    name: String,
    age: u8,
}

fn ada() -> Person {
    Person { name: "Ada".into(), age: 36 }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_as_they_were_and_conditions_hold() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let people = desk.map::<u64, Person>(format!("people-{word}"));
        assert_eq!(people.get(&7).await.unwrap(), None);
        let first = people.put(&7, ada()).await.unwrap();
        assert_eq!(people.get_with_revision(&7).await.unwrap(), Some((ada(), first)));
        assert_eq!(people.put_if_absent(&7, ada()).await.unwrap(), None);
        let older = Person { age: 37, ..ada() };
        let second = people.put_if(&7, &older, first).await.unwrap().unwrap();
        assert!(second > first);
        assert_eq!(people.put_if(&7, ada(), first).await.unwrap(), None);
        assert!(!people.remove_if(&7, first).await.unwrap());
        let many = people.get_many(&[8, 7]).await.unwrap();
        assert_eq!(many, [None, Some(older.clone())]);
        assert_eq!(people.take(&7).await.unwrap(), Some(older));
        assert!(people.is_empty().await.unwrap());
        people.put_many((0..3).map(|age| (u64::from(age), Person { age, ..ada() }))).await.unwrap();
        assert_eq!(people.len().await.unwrap(), 3);
        assert!(people.remove(&1).await.unwrap());
        assert!(people.clear().await.unwrap() && people.is_empty().await.unwrap());
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strings_are_bare_for_other_doors_and_a_node_and_a_client_see_the_same() {
    let both = Both::start().await;
    let of_node = both.node.map::<String, String>("words");
    let of_client: Map<String, String> = both.client.map("words");
    of_node.put("42", "\"quoted\"".to_owned()).await.unwrap();
    assert_eq!(of_client.get("42").await.unwrap().unwrap(), "\"quoted\"");
    let query = structures::map::Query::Get { map: "words".into(), key: "42".into() };
    let structures::Answer::Entry(entry) =
        both.node.engine().stale(&query.into()).unwrap().unwrap()
    else {
        panic!("there is no entry");
    };
    assert_eq!(entry.value, "\"quoted\"");
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_another_type_or_kind_is_told_with_its_name() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let name = format!("mixed-{word}");
        desk.map::<String, String>(&name).put("a", "text".to_owned()).await.unwrap();
        let error = desk.map::<String, u64>(&name).get("a").await.unwrap_err();
        assert!(matches!(&error, MapError::Read { key, wanted: "u64", .. } if key == "a"));
        assert_eq!(error.to_string(), format!("the entry `a` of the map `{name}` is no `u64`"));
        let error = desk.counter(&name).add(1).await.unwrap_err();
        assert_eq!(error.code(), "KIND_WRONG");
        assert_eq!(error.to_string(), format!("failed to add to the counter `{name}`"));
        let large = "x".repeat(structures::limits::VALUE_BYTES_MAX + 1);
        let error = desk.map::<String, String>(&name).put("b", large).await.unwrap_err();
        assert_eq!(error.code(), "VALUE_TOO_LARGE");
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_read_page_by_page_in_order() {
    const ENTRIES: usize = 1_201;
    let both = Both::start().await;
    let map = both.node.map::<String, usize>("many");
    let key = |number: usize| format!("k{number:05}");
    map.put_many((0..ENTRIES).map(|number| (key(number), number))).await.unwrap();
    map.put("other", 0).await.unwrap();
    for (_, desk) in both.desks() {
        let map = desk.map::<String, usize>("many");
        let entries: Vec<_> = map.scan().prefix("k").entries().try_collect().await.unwrap();
        assert_eq!(entries.len(), ENTRIES);
        assert!(entries.iter().enumerate().all(|(at, entry)| entry.value == at));
        let last = map.scan().backwards().entries().next().await.unwrap().unwrap();
        assert_eq!((last.key.as_str(), last.expires_ms), ("other", None));
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_from_many_sides_are_all_there() {
    const EACH: u64 = 20;
    let both = Both::start().await;
    let desks = both.desks();
    let adding = (0..4).map(|number| {
        let map = desks[number % 2].1.map::<String, u64>("sums");
        async move {
            for _ in 0..EACH {
                map.update("sum", |sum| Some(sum.unwrap_or(0) + 1)).await.unwrap();
            }
        }
    });
    futures::future::join_all(adding).await;
    let map = both.client.map::<String, u64>("sums");
    assert_eq!(map.get("sum").await.unwrap(), Some(4 * EACH));
    assert_eq!(map.update("sum", |_| None).await.unwrap(), None);
    assert!(map.is_empty().await.unwrap());
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_end_after_their_time_and_the_watcher_is_told() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let map = desk.map::<String, u8>(format!("short-{word}"));
        let mut changes = map.watch().changes().await.unwrap();
        map.clone().with_ttl(Duration::from_millis(50)).put("k", 1).await.unwrap();
        assert!(matches!(changes.next().await, Some(Ok(Change::Put { value: 1, .. }))));
        let gone = changes.next().await.unwrap().unwrap();
        assert!(matches!(gone, Change::Removed { is_expired: true, .. }), "{gone:?}");
        assert_eq!(map.get("k").await.unwrap(), None);
        map.put("k", 2).await.unwrap();
        assert!(map.expire("k", Some(Duration::from_secs(3600))).await.unwrap());
        assert!(map.expire("k", None).await.unwrap());
        assert!(!map.expire("nobody", None).await.unwrap());
    }
    both.end().await;
}

/// Written by one side while the other watches, with other maps changing meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_every_change_once_and_in_order_from_a_revision() {
    const CHANGES: u64 = 100;
    let both = Both::start().await;
    let (noise, map) = (both.node.map::<u64, u64>("noise"), both.node.map::<u64, u64>("m"));
    let first = map.put(&0, 0).await.unwrap();
    for (_, desk) in both.desks() {
        let watched = desk.map::<u64, u64>("m");
        let from_now = watched.watch().changes().await.unwrap();
        let writing = async {
            for number in 1..=CHANGES {
                noise.put(&(number % 7), number).await.unwrap();
                map.put(&(number % 5), number).await.unwrap();
            }
        };
        let number = |change: Result<Change<u64, u64>, MapError>| match change.unwrap() {
            Change::Put { value, .. } => value,
            other => panic!("{other:?}"),
        };
        let reading = from_now.take(100).map(number).collect::<Vec<u64>>();
        let ((), seen) = tokio::join!(writing, reading);
        assert!(seen.into_iter().eq(1..=CHANGES));
        let again = watched.watch().after(first).changes().await.unwrap();
        let seen = again.take(100).map(number).collect::<Vec<u64>>().await;
        assert!(seen.into_iter().eq(1..=CHANGES));
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_started_again_with_its_data_has_everything() {
    let place = Place::new();
    let node = place.start("one").await;
    node.map::<String, u8>("m").put("k", 7).await.unwrap();
    node.stop().await;
    let node = place.start("one").await;
    assert_eq!(node.map::<String, u8>("m").get("k").await.unwrap(), Some(7));
    node.stop().await;
}
