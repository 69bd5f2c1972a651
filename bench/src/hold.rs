//! What an idle cluster has: maps, queues, and clients that are connected and ask nothing.

use std::io::Write;
use std::path::Path;

use anyhow::ensure;

use crate::flags::Flags;
use crate::https::Door;
use crate::redis::Redis;

pub(crate) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let address = flags.text("redis")?;
    let mut redis = Redis::connect(address).await?;
    let maps: u64 = flags.number("maps")?;
    for map in 0..maps {
        redis.add(&[b"HSET", format!("map-{map:06}").as_bytes(), b"key", b"value"]);
    }
    redis.send().await?;
    for _ in 0..maps {
        let reply = redis.line().await?;
        ensure!(reply == ":1", "HSET was answered by `{reply}`");
    }
    drop(redis);
    let door = Door::of(Path::new(flags.text("contacts")?))?;
    let mut https = door.connect(flags.text("https")?).await?;
    for queue in 0..flags.number("queues")? {
        https.make_queue(queue).await?;
    }
    drop(https);
    let mut clients = Vec::new();
    for _ in 0..flags.number("clients")? {
        let mut client = Redis::connect(address).await?;
        client.add(&[b"PING"]);
        client.send().await?;
        client.line().await?;
        clients.push(client);
    }
    println!("ready");
    std::io::stdout().flush()?;
    // Whoever started this ends it.
    std::future::pending().await
}
