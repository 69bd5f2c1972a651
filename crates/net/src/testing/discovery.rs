//! What every place to look has to do; each implementation runs this.

use std::time::Duration;

use crate::address::Address;
use crate::discovery::{Claim, Discovery, Me};

/// Longest that news may take from one node to another.
const NEWS: Duration = Duration::from_secs(20);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Opens the place of one test for one node.
pub type Open<'a> = &'a dyn Fn(Me) -> Box<dyn Discovery>;

/// The node number `n` of a test, in the cluster `dev`.
#[must_use]
pub fn me(n: u16) -> Me {
    named(n, "dev")
}

fn named(n: u16, cluster: &str) -> Me {
    let address = Address::from(std::net::SocketAddr::from(([10, 9, 8, 7], n)));
    let cluster = cluster.parse().expect("a name");
    Me { cluster, address, host: format!("box-{n}") }
}

/// Nodes see each other by announcing themselves, in a place that was empty.
///
/// # Panics
///
/// When they do not.
pub async fn nodes_see_each_other(open: Open<'_>) {
    let (one, two) = (open(me(1)), open(me(2)));
    assert_eq!(seen(&*one).await, [], "an empty place");
    one.announce().await.expect("a node may announce itself");
    until(&*two, |seen| seen.contains(&me(1).address)).await;
    assert!(!seen(&*one).await.contains(&me(1).address), "a node does not see itself");
    one.announce().await.expect("and again");
    two.announce().await.expect("and another one");
    until(&*one, |seen| seen.contains(&me(2).address)).await;
    let three = open(me(3));
    until(&*three, |seen| seen.contains(&me(1).address) && seen.contains(&me(2).address)).await;

    one.withdraw().await.expect("a node may leave");
    until(&*two, |seen| !seen.contains(&me(1).address)).await;
    one.withdraw().await.expect("and again");
    assert!(seen(&*three).await.contains(&me(2).address), "others stay");
    two.withdraw().await.expect("the last one may leave");
}

/// Of nodes that start at once one founds, and the next one when that left.
///
/// # Panics
///
/// When it is not so.
pub async fn one_node_founds(open: Open<'_>) {
    let nodes = [open(me(1)), open(me(2)), open(me(3))];
    let claims = futures::future::join_all(nodes.iter().map(|node| node.claim())).await;
    let claims: Vec<Claim> = claims.into_iter().map(|claim| claim.expect("a claim")).collect();
    let is_founder = |claim: &&Claim| **claim == Claim::Founder;
    assert_eq!(claims.iter().filter(is_founder).count(), 1, "{claims:?}");
    assert!(!claims.contains(&Claim::Never), "{claims:?}");
    for (node, claim) in nodes.iter().zip(&claims) {
        assert_eq!(node.claim().await.expect("a claim"), *claim, "it stays so");
    }

    let at = claims.iter().position(|claim| *claim == Claim::Founder).expect("one founds");
    let [founder, other] = [at, (at + 1) % 3].map(|at| nodes.get(at).expect("one of three"));
    founder.announce().await.expect("the founder is ready");
    assert_eq!(other.claim().await.expect("a claim"), Claim::Wait);
    founder.withdraw().await.expect("the founder leaves");
    assert_eq!(other.claim().await.expect("a claim"), Claim::Founder);
    other.withdraw().await.expect("so does the next one");
}

/// Nodes of different clusters do not see each other in one place.
///
/// # Panics
///
/// When they do.
pub async fn clusters_do_not_mix(open: Open<'_>) {
    let (one, other, two) = (open(me(1)), open(named(2, "prod")), open(me(3)));
    other.announce().await.expect("a node may announce itself");
    one.announce().await.expect("and another one");
    until(&*two, |seen| seen.contains(&me(1).address)).await;
    assert!(!seen(&*two).await.contains(&named(2, "prod").address));
    one.withdraw().await.expect("a node may leave");
    other.withdraw().await.expect("and another one");
}

/// A list that people write names members whatever nodes announce.
///
/// # Panics
///
/// When it does not.
pub async fn a_list_stays_as_it_is(open: Open<'_>, listed: &[Address]) {
    let node = open(me(1));
    assert_eq!(seen(&*node).await, listed, "the list");
    let other = open(me(9));
    other.announce().await.expect("announcing does nothing here");
    assert_eq!(seen(&*node).await, listed, "the same list");
    other.withdraw().await.expect("nor does leaving");
    let claim = node.claim().await.expect("a claim");
    assert_eq!(node.claim().await.expect("a claim"), claim, "it stays so");
    assert_eq!(node.beat(), None);
}

async fn seen(place: &dyn Discovery) -> Vec<Address> {
    place.look().await.expect("a place that can be looked at")
}

async fn until(place: &dyn Discovery, is_so: impl Fn(&[Address]) -> bool) {
    let work = async {
        while !is_so(&seen(place).await) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(NEWS, work).await.expect("news arrive in time");
}
