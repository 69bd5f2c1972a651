//! A quorum that is lost for good, and a survivor that goes on alone.

use model::fault::Fault;
use thorp::node::Recovery;

use crate::kit::{Home, Running, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_survivor_goes_on_with_its_writes_and_the_others_do_not_come_back() {
    let home = Home::new();
    let (one, two, three) = (home.start("a").await, home.start("b").await, home.start("c").await);
    three.sees_voters(3).await;
    one.add(7).await;
    until("all have it", async || (three.count().await == 7).then_some(())).await;
    for node in [one, two] {
        node.stop().await;
    }
    let runs = Recovery::open(&home.path("c")).unwrap_err();
    assert_eq!(runs.code(), "STATE_IN_USE");
    three.stop().await;

    let recovery = Recovery::open(&home.path("c")).unwrap();
    let mut forgotten: Vec<&str> =
        recovery.forgotten().iter().map(|member| member.name.as_str()).collect();
    forgotten.sort_unstable();
    assert_eq!((recovery.name(), forgotten), ("c", vec!["a", "b"]));
    recovery.recover().unwrap();
    let again = Recovery::open(&home.path("c")).unwrap_err();
    assert_eq!(again.code(), "MEMBERS_UNCHANGED", "{again}");

    let survivor = home.start("c").await;
    survivor.add(1).await;
    survivor.stop().await;
    let survivor = home.start("c").await;
    assert_eq!(survivor.count().await, 8);
    let new = home.start("d").await;
    survivor.sees_voters(2).await;
    assert_eq!(new.count().await, 8);

    let old = home.start("a").await;
    let told = until("the old member is told", async || {
        let advice = old.advice().await;
        advice.into_iter().find(|line| line.contains("recovered without this node"))
    })
    .await;
    assert!(told.contains("empty data folder"), "{told}");
    until("the survivor tells of it", async || {
        let advice = survivor.advice().await;
        advice.into_iter().find(|line| line.contains("has forgotten runs at"))
    })
    .await;
    assert_eq!(survivor.members().all.len(), 2);
    old.stop().await;

    // With its key alone it does not get in anew either; with an empty folder it does.
    std::fs::remove_dir_all(home.path("a/state")).unwrap();
    std::fs::remove_file(home.path("a/node.toml")).unwrap();
    let refused = Running::start(home.options("a", "members")).await.err().unwrap();
    let text = model::fault::Chain(&refused).to_string();
    assert!(text.contains("removed"), "{text}");
    std::fs::remove_dir_all(home.path("a")).unwrap();
    let fresh = home.start("a").await;
    survivor.sees_voters(3).await;
    assert_eq!(fresh.count().await, 8);
    for node in [survivor, new, fresh] {
        node.stop().await;
    }
}

#[test]
fn there_is_nothing_to_recover_without_a_state() {
    let home = Home::new();
    let error = Recovery::open(&home.path("nobody")).unwrap_err();
    assert_eq!(error.code(), "STATE_MISSING");
    assert!(!home.path("nobody").exists());
}
