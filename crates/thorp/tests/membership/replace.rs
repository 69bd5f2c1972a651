//! A voter that stays away gives its vote to a learner, when the settings say so.

use state::Role;
use structures::settings::{self, Key};
use structures::{Command, Request};

use crate::kit::{Home, SOON, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_votes_in_the_place_of_a_voter_that_is_away_as_long_as_the_setting_says() {
    let home = Home::new();
    let mut nodes = Vec::new();
    for name in ["a", "b", "c"] {
        nodes.push(home.start(name).await);
    }
    nodes[2].sees_voters(3).await;
    nodes.push(home.start("d").await);
    until("a learner", async || {
        let role = nodes[0].role("d");
        (role == Some(Role::Learner)).then_some(())
    })
    .await;

    let key = Key::AutopilotReplaceAfter;
    let value = Some(key.about().min);
    let set: Command = settings::Command::Set { key, value, if_number: None }.into();
    let request = Request { id: None, command: set };
    nodes[0].engine().propose(&request, SOON).await.unwrap().outcome.unwrap();

    let left = nodes.remove(1);
    left.stop().await;
    until("the vote of `b` goes to `d`", async || {
        let roles = (nodes[0].role("b"), nodes[0].role("d"));
        let votes = matches!(roles.1, Some(Role::Voter | Role::Leader));
        (votes && roles.0 == Some(Role::Learner)).then_some(())
    })
    .await;
    for node in nodes {
        node.stop().await;
    }
}
