//! Locks exclude, counters count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::fault::Fault as _;
use thorp::Cluster as _;

use crate::kit::{Both, SOON, until};

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_holds_a_lock_and_tokens_grow() {
    let both = Both::start().await;
    let (inside, last) = (AtomicU64::new(0), AtomicU64::new(0));
    let desks = both.desks();
    let taking = (0..6).map(|number| {
        let lock = desks[number % 2].1.lock("door");
        let (inside, last) = (&inside, &last);
        async move {
            for _ in 0..5 {
                let guard = lock.acquire().await.unwrap();
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                assert!(last.swap(guard.token(), Ordering::SeqCst) < guard.token());
                assert!(guard.is_held());
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                guard.release().await.unwrap();
            }
        }
    });
    futures::future::join_all(taking).await;
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_renewed_while_it_is_held_and_free_when_it_is_dropped() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        // Short enough to end while somebody waits, long against the pauses of a busy machine.
        let lock = desk.lock(format!("short-{word}")).with_lease(Duration::from_millis(1_500));
        let guard = lock.try_acquire().await.unwrap().unwrap();
        assert!(lock.try_acquire().await.unwrap().is_none());
        let waited = lock.acquire_within(Duration::from_millis(3_500)).await.unwrap();
        assert!(waited.is_none() && guard.is_held());
        drop(guard);
        let next = lock.acquire_within(SOON).await.unwrap().unwrap();
        next.release().await.unwrap();
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_waiting_is_not_in_line_any_more() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let lock = desk.lock(format!("line-{word}"));
        let guard = lock.acquire().await.unwrap();
        let waiting = lock.acquire();
        assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err());
        let query = structures::lock::Query::Status { name: format!("line-{word}").into() };
        let line = || match both.node.engine().stale(&query.clone().into()).unwrap().unwrap() {
            structures::Answer::Lock(status) => status.waiters,
            answer => panic!("{answer:?}"),
        };
        until(async || line() == 0).await;
        guard.release().await.unwrap();
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_lost_its_lock_finds_out() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let name = format!("taken-{word}");
        let guard =
            desk.lock(&name).with_lease(Duration::from_millis(300)).acquire().await.unwrap();
        // Somebody with more power than the holder.
        both.node.map::<String, u8>(&name).clear().await.unwrap();
        tokio::time::timeout(SOON, guard.lost()).await.unwrap();
        assert!(!guard.is_held());
        assert_eq!(guard.release().await.unwrap_err().code(), "LEASE_LOST");
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_count() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let counter = desk.counter(format!("visits-{word}"));
        assert_eq!(counter.get().await.unwrap(), 0);
        assert_eq!(counter.add(5).await.unwrap(), 5);
        assert_eq!(counter.set(7).await.unwrap(), 5);
        assert!(counter.compare_and_set(7, -1).await.unwrap());
        assert!(!counter.compare_and_set(7, 2).await.unwrap());
        assert_eq!(counter.get().await.unwrap(), -1);
        counter.set(i64::MAX).await.unwrap();
        assert_eq!(counter.add(1).await.unwrap_err().code(), "NUMBER_OVERFLOW");
    }
    both.end().await;
}
