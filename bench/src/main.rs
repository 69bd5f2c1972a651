//! What `cargo xtask bench` runs: a node without pipelines, clients that load it, functions alone.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "it measures the real time, and nothing outlives it"
)]

mod etcd;
mod flags;
mod functions;
mod hold;
mod https;
mod load;
mod node;
mod redis;
mod target;

use std::process::ExitCode;

use flags::Flags;

const USAGE: &str = "\
bench up FLAGS...          a node, with the flags of `thorp up`
bench load FLAGS...        clients that each wait for their answer; prints figures as JSON
  --to etcd|redis|https --at ADDR[,ADDR] --operation put|get|fill --clients N --bytes N
  --keys N --seconds N [--contacts DIR]
bench hold FLAGS...        maps, queues and clients that do nothing until they are ended
  --redis ADDR --https ADDR --contacts DIR --maps N --queues N --clients N
bench functions FLAGS...   a JavaScript function over JSON lines, by threads of this process
  --function SOURCE --items FILE --results FILE --threads N";

/// As in thorp.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((command, rest)) => Flags::parse(rest).and_then(|flags| run(command, &flags)),
        None => Err(anyhow::anyhow!("{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, flags: &Flags) -> anyhow::Result<()> {
    if command == "functions" {
        return functions::run(flags);
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if command == "up" {
        runtime.worker_threads(thorp::node::serving_threads(false));
    }
    let runtime = runtime.enable_all().build()?;
    runtime.block_on(async {
        match command {
            "up" => node::run(flags).await,
            "load" => load::run(flags).await,
            "hold" => hold::run(flags).await,
            _ => anyhow::bail!("unknown command `{command}`\n{USAGE}"),
        }
    })
}
