//! Several nodes in one process.

use std::collections::BTreeSet;
use std::time::Duration;

use state::autopilot::Strength;
use state::{Engine, NodeId, Origin, ProposeError, Role, Unavailable};

use crate::kit::{Cluster, SOON, add_one, address, count, increment, member, stale_count, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_node_takes_writes_and_sees_them() {
    let cluster = Cluster::of(3).await;
    for id in cluster.ids() {
        for _ in 0..5 {
            add_one(&cluster.node(id), "a").await;
        }
    }
    for id in cluster.ids() {
        assert_eq!(count(&cluster.node(id), "a").await, 15);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_go_on_without_the_leader() {
    let mut cluster = Cluster::of(3).await;
    for _ in 0..10 {
        add_one(&cluster.any(), "a").await;
    }
    let leader = cluster.leader().await;
    cluster.kill(leader).await;
    let clock = crate::kit::RealClock;
    let began_ms = model::clock::Clock::now_ms(&clock);
    add_one(&cluster.any(), "a").await;
    eprintln!("written after {} ms", model::clock::Clock::now_ms(&clock) - began_ms);
    assert_eq!(count(&cluster.any(), "a").await, 11);

    let back = cluster.start(leader, Origin::Join).await;
    assert_eq!(count(&back, "a").await, 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_a_write_is_answered_within_five_seconds() {
    let mut cluster = Cluster::of(2).await;
    add_one(&cluster.any(), "a").await;
    cluster.kill(2).await;
    let clock = crate::kit::RealClock;
    let began_ms = model::clock::Clock::now_ms(&clock);
    let refused = cluster.node(1).propose(&increment("a"), SOON).await;
    let took_ms = model::clock::Clock::now_ms(&clock) - began_ms;
    let members = cluster.node(1).members();
    let expected = Unavailable::NoQuorum(Strength::of(&members, &BTreeSet::from([NodeId(1)])));
    assert_eq!(refused, Err(ProposeError::Unavailable(expected.clone())));
    assert_eq!(expected.to_string(), "no quorum: 1 of 2 voters");
    assert_eq!(model::fault::Fault::help(&expected).as_deref(), Some("add a witness"));
    assert!(took_ms < 5_000, "{took_ms} ms");
    // Stale reads go on, and so does everything when the other one is back.
    assert_eq!(stale_count(&cluster.node(1), "a"), 1);
    cluster.start(2, Origin::Join).await;
    add_one(&cluster.node(1), "a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_shrinks_to_one_and_the_leader_may_go() {
    let mut cluster = Cluster::of(3).await;
    add_one(&cluster.any(), "a").await;
    for _ in 0..2 {
        let leader = cluster.leader().await;
        let other = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
        cluster.node(other).remove(NodeId(leader), SOON).await.unwrap();
        cluster.kill(leader).await;
        add_one(&cluster.node(other), "a").await;
    }
    let last = cluster.any();
    assert_eq!(last.members().all.len(), 1);
    assert_eq!(count(&last, "a").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leadership_is_handed_over() {
    let cluster = Cluster::of(3).await;
    let leader = cluster.leader().await;
    let to = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
    let clock = crate::kit::RealClock;
    let began_ms = model::clock::Clock::now_ms(&clock);
    cluster.node(leader).hand_over(NodeId(to), SOON).await.unwrap();
    add_one(&cluster.node(leader), "a").await;
    eprintln!("handed over in {} ms", model::clock::Clock::now_ms(&clock) - began_ms);
    until("the other one leads", || {
        (cluster.node(leader).status().leader == Some(NodeId(to))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_either_format_lead_in_turns_under_load() {
    let mut cluster = Cluster::of(3).await;
    let (done, is_done) = tokio::sync::watch::channel(false);
    let mut writers = tokio::task::JoinSet::new();
    for id in cluster.ids() {
        let (node, mut is_done) = (cluster.node(id), is_done.clone());
        writers.spawn(async move {
            let mut written = 0;
            while !*is_done.borrow_and_update() {
                add_one(&node, "a").await;
                written += 1;
            }
            written
        });
    }
    for to in [2, 1, 2, 3, 2] {
        let leader = cluster.leader().await;
        if leader != to {
            cluster.node(leader).hand_over(NodeId(to), SOON).await.unwrap();
        }
        let before = stale_count(&cluster.node(to), "a");
        until("the new leader writes", || {
            (stale_count(&cluster.node(to), "a") > before + 20).then_some(())
        })
        .await;
    }
    done.send_replace(true);
    let written: i64 = writers.join_all().await.into_iter().sum();
    // What the one wrote into its log the other reads there, also after a restart.
    for id in cluster.ids() {
        cluster.kill(id).await;
        let node = cluster.start(id, Origin::Join).await;
        assert_eq!(count(&node, "a").await, written);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_loses_its_vote_hands_over_first() {
    let cluster = Cluster::of(3).await;
    let leader = cluster.leader().await;
    let others: Vec<u64> = cluster.ids().into_iter().filter(|id| *id != leader).collect();
    let voters: Vec<NodeId> = others.iter().copied().map(NodeId).collect();
    cluster.node(leader).set_voters(&voters, SOON).await.unwrap();
    add_one(&cluster.node(leader), "a").await;
    let members = cluster.node(others[0]).members();
    assert_eq!(members.all[&NodeId(leader)].1, Role::Learner);
    assert!(members.leader().is_some_and(|now| voters.contains(&now)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_catches_up() {
    let cluster = Cluster::of(3).await;
    let leader = cluster.leader().await;
    let away = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
    cluster.wire.cut(&address(away));
    for _ in 0..20 {
        add_one(&cluster.node(leader), "a").await;
    }
    assert!(stale_count(&cluster.node(away), "a") < 20);
    cluster.wire.mend(&address(away));
    assert_eq!(count(&cluster.node(away), "a").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_joins_late_gets_a_snapshot() {
    let mut cluster = Cluster::of(1).await;
    let node = cluster.node(1);
    for _ in 0..400 {
        add_one(&node, "a").await;
    }
    until("the log is cut", || (node.status().first_index > 100).then_some(())).await;
    let joined = cluster.start(2, Origin::Join).await;
    node.add(NodeId(2), &member(2), SOON).await.unwrap();
    node.set_voters(&[NodeId(1), NodeId(2)], SOON).await.unwrap();
    assert!(joined.status().first_index > 100, "{:?}", joined.status());
    assert_eq!(count(&joined, "a").await, 400);
    add_one(&node, "a").await;
    assert_eq!(count(&joined, "a").await, 401);
    let roles: Vec<Role> = node.members().all.values().map(|(_, role)| *role).collect();
    assert_eq!(roles, [Role::Leader, Role::Voter]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_away_for_long_gets_a_snapshot_and_restarts_from_it() {
    let mut cluster = Cluster::of(3).await;
    let leader = cluster.leader().await;
    let away = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
    cluster.kill(away).await;
    for _ in 0..400 {
        add_one(&cluster.node(leader), "a").await;
    }
    let node = cluster.node(leader);
    until("the log is cut", || (node.status().first_index > 200).then_some(())).await;
    let back = cluster.start(away, Origin::Join).await;
    assert_eq!(count(&back, "a").await, 400);
    drop(back);
    cluster.kill(away).await;
    let back = cluster.start(away, Origin::Join).await;
    assert!(stale_count(&back, "a") >= 400 - 200, "{}", stale_count(&back, "a"));
    assert_eq!(count(&back, "a").await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_without_a_quorum_is_refused_in_time() {
    let mut cluster = Cluster::of(2).await;
    cluster.kill(2).await;
    let refused = cluster.node(1).barrier(Duration::from_millis(300)).await;
    refused.unwrap_err();
}
