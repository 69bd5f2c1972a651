//! `thorp up`: a node in the foreground.

#[cfg(target_os = "linux")]
mod pages;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use net::identity::Identity;
use thorp::clock::SystemClock;
use thorp::node::{Addresses, Node, Options, serving_threads};
use thorp::state::Format;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::cluster::UpArgs;
use crate::config::{Places, Settings, keys};
use crate::console::Coded;

pub(crate) fn run(args: &UpArgs) -> anyhow::Result<ExitCode> {
    let places = Places { named: args.config.clone(), flags: args.values(), ..Places::usual() };
    let settings = Settings::read(&places).map_err(Coded::new)?;
    let options = Options { format: format(args), ..options(&settings) };
    // A witness stays one, also when it is started without the flag.
    let was_witness = matches!(Identity::witness_in(&options.data), Ok(Some(true)));
    let is_witness = options.witness || was_witness;
    runtime(is_witness)?.block_on(serve(options, is_witness))
}

fn runtime(is_witness: bool) -> std::io::Result<Runtime> {
    let threads = serving_threads(is_witness);
    Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

fn format(args: &UpArgs) -> Format {
    if args.previous_format { Format::Previous } else { Format::Newest }
}

fn options(settings: &Settings) -> Options {
    let usual = Options::default();
    let text = |key| settings.text(key).map(str::to_owned);
    Options {
        data: text(keys::DATA).map_or(usual.data, PathBuf::from),
        cluster: text(keys::CLUSTER),
        name: text(keys::NAME),
        peers_listen: text(keys::PEERS_LISTEN).unwrap_or(usual.peers_listen),
        https_listen: text(keys::HTTPS_LISTEN),
        redis_listen: text(keys::REDIS_LISTEN),
        advertise: text(keys::ADVERTISE),
        join: settings.list(keys::JOIN).to_vec(),
        secret_file: text(keys::SECRET_FILE).map(PathBuf::from),
        contacts: usual.contacts,
        functions: usual.functions,
        format: usual.format,
        witness: settings.flag(keys::WITNESS),
    }
}

async fn serve(options: Options, is_witness: bool) -> anyhow::Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let starting = Node::start(options, Arc::new(SystemClock::new()));
    let node = tokio::select! {
        node = starting => node.map_err(Coded::new)?,
        _ = interrupt.recv() => return Ok(ExitCode::from(130)),
        _ = terminate.recv() => return Ok(ExitCode::from(130)),
    };
    print(node.addresses())?;
    #[cfg(target_os = "linux")]
    if is_witness {
        pages::forget();
    }
    let failed = tokio::select! {
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
        reason = node.failed() => Some(reason),
    };
    tokio::select! {
        () = node.stop() => {}
        _ = interrupt.recv() => {}
    }
    match failed {
        None => Ok(super::DONE),
        Some(reason) => anyhow::bail!("the node stopped: {reason}"),
    }
}

/// One line for each port, at once: others wait for them.
fn print(addresses: &Addresses) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if let Some(https) = addresses.https {
        writeln!(out, "https {https}")?;
    }
    writeln!(out, "peers {}", addresses.peers)?;
    if let Some(redis) = addresses.redis {
        writeln!(out, "redis {redis}")?;
    }
    out.flush()
}
