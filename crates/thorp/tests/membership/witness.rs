//! Witnesses.

use model::fault::Fault;
use state::Role;
use thorp::node::Options;

use crate::kit::{Home, Running, until};

fn witness(home: &Home, name: &str) -> Options {
    Options { witness: true, ..home.options(name, "members") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_hands_the_leadership_on_and_stays_a_witness() {
    let home = Home::new();
    let first = Running::start(witness(&home, "w")).await.unwrap();
    assert_eq!(first.addresses.redis, None);
    let (one, two) = (home.start("a").await, home.start("b").await);
    one.sees_voters(3).await;
    until("the witness does not lead", async || (two.role("w") == Some(Role::Voter)).then_some(()))
        .await;
    one.add(1).await;

    first.stop().await;
    let again = Running::start(home.options("w", "members")).await.unwrap();
    assert_eq!(again.addresses.redis, None);
    until("the others know that it is a witness", async || {
        let members = two.members();
        let found = members.all.values().find(|(member, _)| member.name == "w");
        found.is_some_and(|(member, _)| member.is_witness).then_some(())
    })
    .await;
    one.stop().await;
    let refused = Running::start(witness(&home, "a")).await.err().unwrap();
    assert_eq!(refused.code(), "WITNESS_CONTRADICTED");
    again.stop().await;
    two.stop().await;
}
