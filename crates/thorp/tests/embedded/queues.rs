//! Queues: items go to one at a time, and come back.

use std::time::Duration;

use model::fault::Fault as _;
use thorp::Cluster as _;
use thorp::queue::{Push, Settings};

use crate::kit::{Both, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_taken_by_one_and_gone_when_it_is_acknowledged() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let queue = desk.queue::<String>(format!("jobs-{word}"));
        assert!(queue.take().await.unwrap().is_none());
        queue.push_many(&["a".to_owned(), "b".to_owned()]).await.unwrap();
        let urgent = Push { priority: 9, ..Push::default() };
        queue.push_with(&"c".to_owned(), urgent).await.unwrap();
        let later = Push { delay: Duration::from_secs(3600), ..Push::default() };
        queue.push_with(&"d".to_owned(), later).await.unwrap();
        let mut taken = Vec::new();
        while let Some(item) = queue.take().await.unwrap() {
            assert_eq!(item.attempts(), 1);
            taken.push(item.ack().await.unwrap());
        }
        assert_eq!(taken, ["c", "a", "b"]);
        let status = queue.status().await.unwrap().unwrap();
        assert_eq!((status.ready, status.leased, status.delayed), (0, 0, 1));
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_gets_an_item_as_soon_as_it_comes() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let queue = desk.queue::<u64>(format!("waited-{word}"));
        let nothing = queue.take_within(Duration::from_millis(20)).await.unwrap();
        assert!(nothing.is_none());
        let pusher = both.node.queue::<u64>(format!("waited-{word}"));
        let (item, pushed) = tokio::join!(queue.take_within(SOON), pusher.push(&5));
        pushed.unwrap();
        assert_eq!(item.unwrap().unwrap().ack().await.unwrap(), 5);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ends_brings_the_item_back_until_it_is_a_dead_letter() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let queue = desk.queue::<String>(format!("leased-{word}"));
        let settings = Settings { attempts_max: 2, ..Settings::default() };
        queue.configure(settings).await.unwrap();
        let short = queue.clone().with_lease(Duration::from_millis(60));
        queue.push(&"job".to_owned()).await.unwrap();
        // Dropped without a word, as by a worker that dies.
        drop(short.take().await.unwrap().unwrap());
        let again = short.take_within(SOON).await.unwrap().unwrap();
        assert_eq!((again.as_str(), again.attempts()), ("job", 2));
        assert!(queue.take_within(Duration::from_millis(200)).await.unwrap().is_none());
        assert_eq!(again.ack().await.unwrap_err().code(), "LEASE_LOST");
        assert_eq!(queue.status().await.unwrap().unwrap().dead, 1);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_extended_and_an_item_is_given_back() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let queue = desk.queue::<u8>(format!("kept-{word}"));
        queue.push(&1).await.unwrap();
        let item = queue.clone().with_lease(Duration::from_secs(2)).take().await.unwrap();
        let item = item.unwrap();
        item.extend(Duration::from_secs(3600)).await.unwrap();
        assert!(queue.take_within(Duration::from_millis(2_500)).await.unwrap().is_none());
        item.nack(Duration::ZERO).await.unwrap();
        let again = queue.take().await.unwrap().unwrap();
        assert_eq!((*again, again.attempts()), (1, 2));
        again.ack().await.unwrap();
    }
    both.end().await;
}
