//! Nodes go, and those who use the cluster go on.

use futures::StreamExt as _;
use thorp::Cluster as _;
use thorp::map::Change;

use crate::kit::{Place, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_when_its_node_is_gone_and_every_write_is_done_once() {
    const WRITES: i64 = 100;
    let place = Place::new();
    let nodes = place.start_three().await;
    let client = place.client().await;
    assert_eq!(client.doors().len(), 3);
    let first = client.doors().into_iter().next().unwrap();
    let (doomed, others): (Vec<_>, Vec<_>) = nodes
        .into_iter()
        .partition(|node| first == format!("https://{}", node.addresses().https.unwrap()));

    let watched = client.map::<i64, i64>("m").watch().changes().await.unwrap();
    let mut doomed = Some(doomed);
    let writing = async {
        for number in 1..=WRITES {
            if number == WRITES / 4 {
                drop(doomed.take());
            }
            client.map::<i64, i64>("m").put(&number, number).await.unwrap();
            assert_eq!(client.counter("n").add(1).await.unwrap(), number);
        }
    };
    let watching = watched
        .filter_map(async |change| change.ok())
        .map(|change| match change {
            Change::Put { value, .. } => value,
            other => panic!("{other:?}"),
        })
        .take(100)
        .collect::<Vec<i64>>();
    let ((), seen) = tokio::join!(writing, watching);
    assert!(seen.into_iter().eq(1..=WRITES));
    assert_eq!(others[0].counter("n").get().await.unwrap(), WRITES);
    assert_ne!(client.doors()[0], first);
    for node in others {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_in_one_process_share_everything_and_survive_the_loss_of_one() {
    let place = Place::new();
    let [one, two, three] = place.start_three().await;
    one.map::<String, u8>("m").put("k", 1).await.unwrap();
    assert_eq!(three.map::<String, u8>("m").get("k").await.unwrap(), Some(1));
    // As if it were killed: nothing is brought to an end.
    drop(one);
    two.map::<String, u8>("m").put("k", 2).await.unwrap();
    assert_eq!(three.map::<String, u8>("m").get("k").await.unwrap(), Some(2));
    let again = place.start("one").await;
    // It listens elsewhere now, which the others have to hear first.
    let map = again.map::<String, u8>("m");
    until(async || map.get("k").await.is_ok_and(|value| value == Some(2))).await;
    for node in [again, two, three] {
        node.stop().await;
    }
}
