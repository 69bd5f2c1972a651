//! A function in Rust runs on the nodes whose programs have it, called from one that has not.
//!
//! Run it with `cargo run --package thorp --example native_function --no-default-features`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::Path;

use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use thorp::model::fault::Fault as _;
use thorp::node::Builder;
use thorp::{Cluster as _, Node, code};

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Trip {
    km: f64,
    hours: f64,
}

/// Kilometres per hour.
fn speed(trip: Trip) -> Result<f64, String> {
    if trip.hours <= 0.0 {
        return Err(format!("{} km in no time", trip.km));
    }
    Ok(trip.km / trip.hours)
}

fn peer(folder: &Path, name: &str) -> Builder {
    Node::builder()
        .data(folder.join(name))
        .name(name)
        .cluster("example")
        .join(format!("dir:{}", folder.join("registry").display()))
        .secret_file(folder.join("secret"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let one = peer(folder.path(), "one").start().await?;
    let trips = || [(90.0, 1.0), (300.0, 2.5), (7.0, 0.0)].map(|(km, hours)| Trip { km, hours });

    let mut speeds = one.fmap(code::native("speed")?, trips()).results::<f64>();
    if let Some(Err(error)) = speeds.next().await {
        println!("{}: {error}", error.code());
    }

    let two = peer(folder.path(), "two").function("speed", speed).start().await?;
    let speeds = one.fmap(code::native("speed")?, trips()).collect_errors().results::<f64>();
    let speeds: Vec<Result<f64, _>> = speeds.collect().await;
    for speed in speeds {
        match speed {
            Ok(speed) => println!("{speed} km/h"),
            Err(error) => println!("{error}"),
        }
    }
    two.stop().await;
    one.stop().await;
    Ok(())
}
