//! Members that start again at other addresses.

use crate::kit::{Home, until};

#[tokio::test(flavor = "multi_thread")]
async fn members_that_all_restart_on_new_ports_find_each_other_again() {
    let home = Home::new();
    let (one, two, three) = (home.start("a").await, home.start("b").await, home.start("c").await);
    three.sees_voters(3).await;
    one.add(3).await;
    let mut before = Vec::new();
    for node in [one, two, three] {
        before.push(node.addresses.peers);
        node.stop().await;
    }
    let (one, two, three) = (home.start("a").await, home.start("b").await, home.start("c").await);
    for node in [&one, &two, &three] {
        assert!(!before.contains(&node.addresses.peers));
        assert_eq!(node.count().await, 3);
    }
    one.add(1).await;
    until("all know the new addresses", async || {
        let members = three.members();
        let is_new = |address: &str| !before.iter().any(|before| before.to_string() == address);
        members.all.values().all(|(member, _)| is_new(&member.address)).then_some(())
    })
    .await;
    assert_eq!(two.count().await, 4);
    for node in [one, two, three] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_moves_tells_the_others_without_being_found() {
    let home = Home::new();
    let (one, two, three) = (home.start("a").await, home.start("b").await, home.start("c").await);
    three.sees_voters(3).await;
    let before = two.addresses.peers.to_string();
    two.stop().await;
    let elsewhere = home.options("b", "elsewhere");
    let two = crate::kit::Running::start(elsewhere).await.unwrap();
    let now = two.addresses.peers.to_string();
    assert_ne!(before, now);
    until("the others know", async || {
        let members = one.members();
        members.all.values().any(|(member, _)| member.address == now).then_some(())
    })
    .await;
    three.add(2).await;
    assert_eq!(two.count().await, 2);
    for node in [one, two, three] {
        node.stop().await;
    }
}
