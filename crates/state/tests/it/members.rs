//! Changes of the members that meet a fault, or each other.

use std::time::Duration;

use state::{ChangeError, Engine, Member, NodeId};

use crate::kit::{Cluster, SOON, add_one, address, count, increment, member, until};

/// Long enough for a change to begin, and the end of it comes later or never.
const BRIEF: Duration = Duration::from_millis(300);

/// The leader and the others.
async fn roles(cluster: &Cluster) -> (u64, Vec<u64>) {
    let leader = cluster.leader().await;
    (leader, cluster.ids().into_iter().filter(|id| *id != leader).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_asked_for_twice_is_done_only_when_it_is_agreed_on() {
    let cluster = Cluster::of(3).await;
    let (leader, others) = roles(&cluster).await;
    let (gone, stays) = (NodeId(others[0]), others[1]);
    let voters = [NodeId(leader), NodeId(stays)];
    cluster.node(leader).set_voters(&voters, SOON).await.unwrap();

    cluster.wire.cut(&address(leader));
    let cut_off = cluster.node(leader);
    cut_off.remove(gone, BRIEF).await.unwrap_err();
    assert!(!cut_off.members().all.contains_key(&gone) && !cut_off.members().are_agreed);
    cut_off.remove(gone, BRIEF).await.unwrap_err();

    cluster.wire.mend(&address(leader));
    cut_off.remove(gone, SOON).await.unwrap();
    assert_eq!(count(&cluster.node(stays), "a").await, 0);
    assert!(!cluster.node(stays).members().all.contains_key(&gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_voters_that_was_left_half_done_is_finished() {
    let cluster = Cluster::of(3).await;
    let (leader, others) = roles(&cluster).await;
    let (voter, third) = (others[0], others[1]);
    let engine = cluster.node(leader);
    let ids = |nodes: &[u64]| nodes.iter().copied().map(NodeId).collect::<Vec<_>>();
    engine.set_voters(&ids(&[leader, voter]), SOON).await.unwrap();

    // Both majorities need the one that is cut off, and nobody waits any more when it is back.
    cluster.wire.cut(&address(voter));
    engine.set_voters(&ids(&[leader, voter, third]), BRIEF).await.unwrap_err();
    let mut half_done = engine.status().log_index;
    assert_eq!(engine.members().voters(), 3);
    let mut tries = 0..5;
    let is_finished = loop {
        cluster.wire.mend(&address(voter));
        until("something is agreed on", || {
            (engine.status().applied_index > half_done).then_some(())
        })
        .await;
        // That may have been the first entry of another leader.
        cluster.wire.cut(&address(voter));
        let written = engine.propose(&increment("a"), Duration::from_secs(5)).await;
        if written.is_ok() || tries.next().is_none() {
            break written.is_ok();
        }
        half_done = engine.status().log_index;
    };
    assert!(is_finished);
}

/// A snapshot takes the place of the entry that it waits for.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_cut_off_with_a_write_and_caught_up_by_a_snapshot_leads_again() {
    let cluster = Cluster::of(3).await;
    let (leader, others) = roles(&cluster).await;
    let cut_off = cluster.node(leader);
    cluster.wire.cut(&address(leader));
    cut_off.propose(&increment("a"), BRIEF).await.unwrap_err();
    let other = cluster.node(others[0]);
    for _ in 0..400 {
        add_one(&other, "a").await;
    }
    until("the log is cut", || (other.status().first_index > 200).then_some(())).await;

    cluster.wire.mend(&address(leader));
    until("it has a snapshot", || (cut_off.status().first_index > 200).then_some(())).await;
    other.hand_over(NodeId(leader), SOON).await.unwrap();
    add_one(&cut_off, "a").await;
    assert_eq!(count(&other, "a").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_key_belong_to_one_member() {
    let cluster = Cluster::of(2).await;
    let (_, others) = roles(&cluster).await;
    let follower = cluster.node(others[0]);
    let [first, second, third] = [member(71), member(72), member(73)];
    follower.add(NodeId(71), &first, SOON).await.unwrap();
    for wrong in [
        Member { name: first.name.clone(), ..second.clone() },
        Member { peer: first.peer.clone(), ..second.clone() },
    ] {
        let error = follower.add(NodeId(72), &wrong, SOON).await.unwrap_err();
        assert!(matches!(error, ChangeError::InUse { id: NodeId(71) }), "{error}");
    }
    let moved = Member { address: "elsewhere".into(), ..first };
    follower.add(NodeId(71), &moved, SOON).await.unwrap();

    // One of two that come under one name at the same moment must ask again.
    let twin = Member { name: second.name.clone(), ..third };
    let leader = cluster.node(cluster.leader().await);
    let (one, two) =
        tokio::join!(follower.add(NodeId(72), &second, SOON), leader.add(NodeId(73), &twin, SOON),);
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}
