//! Clusters of one name and secret that found each other.

use crate::kit::{Home, Running, until};

/// Two nodes that have founded a cluster each, and then see each other.
async fn two(home: &Home) -> (Running, Running) {
    let one = Running::start(home.options("a", "here")).await.unwrap();
    let two = Running::start(home.options("b", "there")).await.unwrap();
    (one, two)
}

fn introduce(home: &Home, one: &Running, two: &Running) {
    home.introduce(one, "there");
    home.introduce(two, "here");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clusters_without_a_write_one_yields_on_the_same_ports() {
    let home = Home::new();
    let (one, two) = two(&home).await;
    let before = (one.addresses.clone(), two.addresses.clone());
    introduce(&home, &one, &two);
    one.sees_voters(2).await;
    two.sees_voters(2).await;
    let addresses = [&before.0, &before.1].map(|addresses| addresses.peers.to_string());
    for (member, _) in one.members().all.values() {
        assert!(addresses.contains(&member.address), "{member:?}");
    }
    one.add(1).await;
    assert_eq!(two.count().await, 1);
    let aside = ["a", "b"].map(|name| home.path(name).join("yielded/node.toml").exists());
    assert!(aside[0] ^ aside[1], "{aside:?}");
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_with_writes_takes_all_members_of_one_without() {
    let home = Home::new();
    let (one, two) = two(&home).await;
    let second = Running::start(home.options("c", "there")).await.unwrap();
    second.sees_voters(2).await;
    one.add(5).await;
    introduce(&home, &one, &two);
    one.sees_voters(3).await;
    for node in [&one, &two, &second] {
        assert_eq!(node.count().await, 5);
    }
    for node in [one, two, second] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clusters_with_writes_stay_apart_and_say_so() {
    let home = Home::new();
    let (one, two) = two(&home).await;
    one.add(1).await;
    two.add(2).await;
    introduce(&home, &one, &two);
    for node in [&one, &two] {
        let told = until("it says so", async || {
            let advice = node.advice().await;
            advice.into_iter().find(|line| line.contains("both hold data"))
        })
        .await;
        assert!(told.contains("another cluster of this name is at 127.0.0.1:"), "{told}");
    }
    assert_eq!((one.count().await, two.count().await), (1, 2));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_three_without_a_write_takes_a_lone_node() {
    let home = Home::new();
    let (one, two) = two(&home).await;
    let (three, four) = (
        Running::start(home.options("c", "here")).await.unwrap(),
        Running::start(home.options("d", "here")).await.unwrap(),
    );
    four.sees_voters(3).await;
    introduce(&home, &one, &two);
    until("four members", async || (two.members().all.len() == 4).then_some(())).await;
    assert!(home.path("b/yielded").exists() && !home.path("a/yielded").exists());
    for node in [one, two, three, four] {
        node.stop().await;
    }
}
