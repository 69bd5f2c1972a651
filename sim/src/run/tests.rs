use bytes::Bytes;
use state::NodeId;
use structures::{Answer, counter};

use super::*;
use crate::world::pause_ms;

/// A virtual clock, and whatever chance there is: what holds here holds always.
fn virtually(work: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(work);
}

async fn add_one(engine: &dyn Engine) {
    let command = counter::Command::Add { name: Bytes::from_static(b"a"), by: 1 };
    let request = Request { id: None, command: command.into() };
    engine.propose(&request, Duration::from_secs(10)).await.unwrap();
}

async fn count(engine: &dyn Engine) -> Answer {
    let query = counter::Query::Get { name: Bytes::from_static(b"a") }.into();
    engine.read(&query, Duration::from_secs(10)).await.unwrap().unwrap()
}

/// The leader is back before anybody missed it, and knows no more what of its log was agreed on.
#[test]
fn the_first_read_after_a_power_cut_sees_what_was_acknowledged() {
    virtually(async {
        let cluster = Cluster::start(
            Arc::new(World::new(Plan { seed: 7, ..Plan::default() })),
            Shape::fixed(3),
        )
        .await
        .unwrap();
        for written in 1..=5 {
            // What was written before is applied in the file, and what comes is not.
            pause_ms(2_000).await;
            add_one(&*cluster.engine(1).unwrap()).await;
            for node in cluster.ids() {
                cluster.kill(node);
            }
            cluster.start_again().await.unwrap();
            for (node, engine) in cluster.up() {
                assert_eq!(count(&*engine).await, Answer::Integer(written), "node {node}");
            }
        }
    });
}

/// The autopilot would give the member its vote back when it sees it without one.
#[test]
fn a_voter_is_removed_while_an_autopilot_flies() {
    virtually(async {
        for seed in 0..5 {
            let world = Arc::new(World::new(Plan { seed, ..Plan::default() }));
            let shape = Shape { moves: true, ..Shape::fixed(2) };
            let cluster = Cluster::start(world, shape).await.unwrap();
            let asked = cluster.engine(2).unwrap();
            asked.remove(NodeId(1), Duration::from_secs(10)).await.unwrap();
            assert_eq!(asked.members().voters(), 1);
        }
    });
}
