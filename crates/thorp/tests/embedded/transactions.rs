//! Transactions: all or nothing, on conditions, and once.

use std::time::Duration;

use futures::TryStreamExt as _;
use model::fault::{Fault as _, Kind};
use structures::limits::{COMMAND_BYTES_MAX, TRANSACTION_OPERATIONS_MAX, VALUE_BYTES_MAX};
use structures::{Counted, Refusal};
use thorp::desk::AskError;
use thorp::topic::Id;
use thorp::transaction::Broken;
use thorp::{Access, Cluster as _, Map, TransactionError};

use crate::kit::{Both, Place, SOON};
use crate::outside::Cutter;

fn accounts(desk: &Access, word: &str) -> Map<String, i64> {
    desk.map(format!("accounts-{word}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_several_structures_are_done_together_and_each_tells_its_answer() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let accounts = accounts(&desk, word);
        let (jobs, news) = (desk.queue::<u8>(format!("jobs-{word}")), desk.topic::<String>("news"));
        let total = desk.counter(format!("total-{word}"));
        let first = accounts.put("ada", 100).await.unwrap();
        accounts.put("eve", 1).await.unwrap();

        let mut transaction = desk.transaction();
        let mut entries = transaction.map(&accounts);
        entries.expect_absent("carl");
        entries.expect_value("eve", 1);
        let ada = entries.put_if("ada", 70, first);
        let bob = entries.put_if_absent("bob", 30);
        let (eve, nobody) = (entries.remove("eve"), entries.remove("nobody"));
        let job = transaction.queue(&jobs).push(&7);
        let note = transaction.topic(&news).publish(&word.to_owned());
        let (sum, again) = (transaction.counter(&total).add(5), transaction.counter(&total).add(2));
        let was = transaction.counter(&total).set(-1);
        let done = transaction.commit().await.unwrap();

        let revision = done.answer(&ada);
        assert!(revision > first && done.answer(&bob) == revision);
        assert!(done.answer(&eve) && !done.answer(&nobody));
        assert_eq!((done.answer(&sum), done.answer(&again), done.answer(&was)), (5, 7, 7));
        let there = accounts.get_with_revision("ada").await.unwrap();
        assert_eq!(there, Some((70, revision)));
        assert_eq!(accounts.get_many(["bob", "eve"]).await.unwrap(), [Some(30), None]);
        let item = jobs.take().await.unwrap().unwrap();
        assert_eq!((*item, item.number()), (7, done.answer(&job)));
        assert_eq!(total.get().await.unwrap(), -1);
        let told = std::pin::pin!(news.subscribe_after(Id::MIN));
        let told = told.try_filter(|message| std::future::ready(message.value == word));
        let message = std::pin::pin!(told).try_next().await.unwrap().unwrap();
        assert_eq!(message.id, done.answer(&note));
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_does_not_hold_is_named_and_nothing_is_done() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let accounts = accounts(&desk, word);
        let total = desk.counter(format!("total-{word}"));
        let old = accounts.put("ada", 100).await.unwrap();
        let now = accounts.put("ada", 90).await.unwrap();
        let (map, key) = (format!("accounts-{word}"), "ada".to_owned());
        let revision = Broken::Revision { map: map.clone(), key: key.clone(), revision: old };
        for broken in [
            revision,
            Broken::Absent { map: map.clone(), key: key.clone() },
            Broken::Value { map, key },
        ] {
            let mut transaction = desk.transaction();
            transaction.counter(&total).add(1);
            let mut entries = transaction.map(&accounts);
            entries.put_if("ada", 0, now);
            entries.put_if_absent("bob", 30);
            match &broken {
                Broken::Revision { .. } => entries.remove_if("ada", old),
                Broken::Absent { .. } => entries.expect_absent("ada"),
                Broken::Value { .. } => entries.expect_value("ada", 91),
            }
            let error = transaction.commit().await.unwrap_err();
            assert_eq!((error.code(), error.kind()), ("CONDITION_FAILED", Kind::Conflict));
            let text = format!("{broken}, so nothing was done");
            assert_eq!(error.to_string(), text);
            assert!(matches!(error, TransactionError::Condition(named) if named == broken));
        }
        let entries: Vec<_> = accounts.scan().entries().try_collect().await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].value, entries[0].revision), (90, now));
        assert_eq!(total.get().await.unwrap(), 0);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_refused_is_named_and_undoes_those_before_it() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let name = format!("total-{word}");
        let total = desk.counter(&name);
        total.set(i64::MAX).await.unwrap();
        let accounts = accounts(&desk, word);
        let mut transaction = desk.transaction();
        transaction.map(&accounts).put("ada", 1);
        transaction.counter(&total).add(1);
        let error = transaction.commit().await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("NUMBER_OVERFLOW", Kind::Invalid));
        let text = format!("failed to add to the counter `{name}`, so nothing was done");
        assert_eq!(error.to_string(), text);
        assert!(accounts.is_empty().await.unwrap());

        let mut transaction = desk.transaction();
        transaction.counter(&total).set(1);
        transaction.queue(&desk.queue::<u8>(&name)).push(&1);
        let error = transaction.commit().await.unwrap_err();
        assert_eq!(error.code(), "KIND_WRONG");
        assert_eq!(total.get().await.unwrap(), i64::MAX);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_done_with_what_came_of_it_or_not_at_all() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let (jobs, results) =
            (desk.queue::<u8>(format!("jobs-{word}")), desk.map::<u8, u8>(format!("r-{word}")));
        jobs.push(&7).await.unwrap();
        let late = jobs.clone().with_lease(Duration::from_millis(30)).take().await.unwrap();
        let late = late.unwrap();
        let item = jobs.take_within(SOON).await.unwrap().unwrap();
        for (item, is_leased) in [(late, false), (item, true)] {
            let mut transaction = desk.transaction();
            transaction.map(&results).put(&7, 49);
            transaction.ack(&item);
            match transaction.commit().await {
                Ok(_) => assert!(is_leased),
                Err(error) => assert!(!is_leased && error.code() == "LEASE_LOST", "{error}"),
            }
            assert_eq!(results.get(&7).await.unwrap(), is_leased.then_some(49));
        }
        let status = jobs.status().await.unwrap().unwrap();
        assert_eq!((status.ready, status.leased, status.delayed), (0, 0, 0));
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_the_lock_changes_nothing() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let total = desk.counter(format!("total-{word}"));
        let name = format!("lock-{word}");
        let guard = desk.lock(&name).acquire().await.unwrap();
        let mut transaction = desk.transaction();
        transaction.holding(&guard);
        transaction.counter(&total).add(1);
        transaction.commit().await.unwrap();

        // As somebody does who finds the holder stuck.
        let release =
            structures::lock::Command::Release { name: name.into(), token: guard.token() };
        desk.desk.write(release.into(), SOON).await.unwrap().outcome.unwrap();
        let mut transaction = desk.transaction();
        transaction.counter(&total).add(1);
        transaction.holding(&guard);
        let error = transaction.commit().await.unwrap_err();
        assert_eq!(error.code(), "LEASE_LOST");
        assert_eq!(total.get().await.unwrap(), 1);
    }
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_told_by_kind_and_number_and_nothing_is_done() {
    let both = Both::start().await;
    for (word, desk) in both.desks() {
        let total = desk.counter(format!("total-{word}"));
        let full = async |operations: usize| {
            let mut transaction = desk.transaction();
            for _ in 0..operations {
                transaction.counter(&total).add(1);
            }
            transaction.commit().await
        };
        full(TRANSACTION_OPERATIONS_MAX).await.unwrap();
        let error = full(TRANSACTION_OPERATIONS_MAX + 1).await.unwrap_err();
        let TransactionError::Ask { source: AskError::Refused(refusal) } = error else {
            panic!("{error}")
        };
        let (count, max) = (10_001, 10_000);
        assert_eq!(refusal, Refusal::TooMany { what: Counted::Operations, count, max });

        let texts = desk.map::<usize, String>(format!("texts-{word}"));
        let mut transaction = desk.transaction();
        let value = "x".repeat(VALUE_BYTES_MAX);
        for key in 0..COMMAND_BYTES_MAX / VALUE_BYTES_MAX {
            transaction.map(&texts).put(&key, &value);
        }
        let error = transaction.commit().await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("TOO_MANY", Kind::Limit));

        let mut transaction = desk.transaction();
        transaction.map(&texts).put(&0, "small".to_owned());
        transaction.map(&texts).put(&1, "x".repeat(VALUE_BYTES_MAX + 1));
        let error = transaction.commit().await.unwrap_err();
        assert_eq!(error.code(), "VALUE_TOO_LARGE");
        assert!(texts.is_empty().await.unwrap());
        assert_eq!(total.get().await.unwrap(), 10_000);
    }
    both.end().await;
}

/// Moves amounts around until each mover has done `MOVES`; others change the entries meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_many_sides_move_amounts() {
    const MOVES: usize = 15;
    const MOVERS: usize = 4;
    let both = Both::start().await;
    let desks = both.desks();
    let keys = ["ada", "bob", "eve"];
    let of_node = accounts(&desks[0].1, "all");
    of_node.put_many(keys.map(|key| (key.to_owned(), 100))).await.unwrap();
    let moving = (0..MOVERS).map(|mover| {
        let desk = desks[mover % 2].1.clone();
        async move {
            let (accounts, moves) = (accounts(&desk, "all"), desk.topic::<usize>("moves"));
            let mut done = 0;
            while done < MOVES {
                let (from, to) = (keys[(mover + done) % 3], keys[(mover + done + 1) % 3]);
                let (giver, giver_revision) =
                    accounts.get_with_revision(from).await.unwrap().unwrap();
                let (taker, taker_revision) =
                    accounts.get_with_revision(to).await.unwrap().unwrap();
                let mut transfer = desk.transaction();
                transfer.map(&accounts).put_if(from, giver - 1, giver_revision);
                transfer.map(&accounts).put_if(to, taker + 1, taker_revision);
                transfer.topic(&moves).publish(&mover);
                match transfer.commit().await {
                    Ok(_) => done += 1,
                    Err(TransactionError::Condition(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    });
    futures::future::join_all(moving).await;
    let values = of_node.get_many(keys).await.unwrap();
    assert_eq!(values.into_iter().flatten().sum::<i64>(), 300);
    let moves = both.node.topic::<usize>("moves").len().await.unwrap();
    assert_eq!(usize::try_from(moves).unwrap(), MOVERS * MOVES);
    both.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_whose_answers_are_lost_are_done_once() {
    const CLIENTS: i64 = 10;
    const COMMITS: i64 = 20;
    let place = Place::new();
    let node = place.start("one").await;
    let cutter = Cutter::before(&place).await;
    for client in 0..CLIENTS {
        let connected = cutter.client(&place).await;
        let (counter, queue) = (connected.counter("n"), connected.queue::<i64>("q"));
        for number in client * COMMITS + 1..=(client + 1) * COMMITS {
            let mut transaction = connected.transaction();
            let sum = transaction.counter(&counter).add(1);
            transaction.queue(&queue).push(&number);
            assert_eq!(transaction.commit().await.unwrap().answer(&sum), number);
        }
    }
    assert_eq!(node.counter("n").get().await.unwrap(), CLIENTS * COMMITS);
    assert_eq!(node.queue::<i64>("q").status().await.unwrap().unwrap().ready, 200);
    cutter.check();
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_goes_on_with_transactions_when_the_leader_is_lost_and_each_is_done_once() {
    const COMMITS: i64 = 60;
    let place = Place::new();
    let nodes = place.start_three().await;
    let leader = nodes[0].engine().status().leader;
    let is_leader = |node: &thorp::Node| {
        let members = node.engine().members();
        let own = node.addresses().peers.to_string();
        members.all.iter().any(|(id, (member, _))| Some(*id) == leader && member.address == own)
    };
    let (doomed, others): (Vec<_>, Vec<_>) = nodes.into_iter().partition(is_leader);
    assert_eq!((doomed.len(), others.len()), (1, 2));
    let mut doomed = Some(doomed);
    let (counter, queue) = (others[0].counter("n"), others[0].queue::<i64>("q"));
    for number in 1..=COMMITS {
        let mut transaction = others[0].transaction();
        let sum = transaction.counter(&counter).add(1);
        transaction.queue(&queue).push(&number);
        let committing = transaction.commit();
        if number == COMMITS / 2 {
            // As if it were killed, with the transaction under way.
            let lose = async { drop(doomed.take()) };
            let (done, ()) = tokio::join!(committing, lose);
            assert_eq!(done.unwrap().answer(&sum), number);
        } else {
            assert_eq!(committing.await.unwrap().answer(&sum), number);
        }
    }
    assert_eq!(others[1].counter("n").get().await.unwrap(), COMMITS);
    assert_eq!(others[1].queue::<i64>("q").status().await.unwrap().unwrap().ready, 60);
    for node in others {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn structures_of_another_cluster_are_refused_before_anything_is_sent() {
    let both = Both::start().await;
    let counter = both.client.counter("n");
    let mut transaction = both.node.transaction();
    transaction.counter(&counter).add(1);
    let error = transaction.commit().await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("TRANSACTION_REFUSED", Kind::Invalid));
    assert_eq!(counter.get().await.unwrap(), 0);
    // Clones and other handles of the same way in are one.
    let mut transaction = both.client.clone().transaction();
    transaction.counter(&counter).add(1);
    transaction.commit().await.unwrap();
    assert_eq!(both.node.counter("n").get().await.unwrap(), 1);
    both.end().await;
}
