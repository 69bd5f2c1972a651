//! `thorp fmap`: a function over the lines of standard input, on all members.

use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use control::tasks::{FMap, OnError, Order};
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use thorp::code::{self, Items, Part, Parts};
use thorp::remote::Builder;
use thorp::{Client, Cluster as _};
use tokio::sync::mpsc;

use super::DONE;
use crate::cli::code::FMapArgs;
use crate::console::{Coded, NotStarted};

/// Bytes of standard input that are read at once.
const PIECE_BYTES: usize = 256 * 1024;
/// Pieces that wait to be sent.
const PIECES_MAX: usize = 4;
/// The exit code of a program whose reader has gone: that of SIGPIPE.
const READER_GONE: u8 = 141;

pub(crate) fn run(args: &FMapArgs) -> anyhow::Result<ExitCode> {
    let what = what(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(stream(args.cluster.url.as_deref(), what, args.detach));
    // Standard input may be in the middle of a read that nobody needs any more.
    runtime.shutdown_background();
    done
}

fn what(args: &FMapArgs) -> anyhow::Result<FMap> {
    let captured = captured(&args.capture)?;
    let function = match code::named(&args.function) {
        _ if args.native => code::native(&args.function).map_err(Coded::new)?,
        Ok(_) if !captured.is_empty() => {
            let text = format!("`{}` is a loaded function, which captures nothing", args.function);
            let help = format!("write an expression, as in 'x => {}(x)'", args.function);
            return Err(NotStarted { text, help: Some(help) }.into());
        }
        Ok(function) => function,
        Err(_) => code::capturing(&args.function, &captured).map_err(Coded::new)?,
    };
    Ok(FMap {
        keys_of: args.keys_of.clone(),
        order: if args.unordered { Order::Done } else { Order::Input },
        on_error: if args.keep_going { OnError::Collect } else { OnError::Stop },
        deadline: args.deadline.map(Duration::from_millis),
        ..FMap::new(function)
    })
}

fn captured(texts: &[String]) -> anyhow::Result<Map<String, Value>> {
    let captured = texts.iter().map(|text| {
        let (name, value) = text.split_once('=').with_context(|| wrong(text))?;
        let value = serde_json::from_str(value).with_context(|| wrong(text))?;
        Ok((name.to_owned(), value))
    });
    captured.collect::<anyhow::Result<_>>().map_err(|error| {
        let help = Some("write NAME=JSON, as in rate=1.2 or unit='\"kg\"'".to_owned());
        NotStarted { text: format!("{error:#}"), help }.into()
    })
}

fn wrong(text: &str) -> String {
    format!("`--capture {text}` is no name with a value")
}

async fn stream(url: Option<&str>, what: FMap, detach: bool) -> anyhow::Result<ExitCode> {
    let cluster = Client::builder();
    let cluster =
        url.into_iter().fold(cluster, Builder::url).connect().await.map_err(Coded::new)?;
    if std::io::stdin().is_terminal() {
        eprintln!("items are read from the terminal, one JSON value per line; Ctrl-D ends them");
    }
    let runner = cluster.access().runner;
    if detach {
        runner.detach(what, standard_input()).await.map_err(Coded::new)?;
        return Ok(DONE);
    }
    let parts = runner.fmap(what, standard_input());
    let progress = progress();
    let done = copy(parts, &mut std::io::stdout().lock(), &progress).await;
    progress.finish_and_clear();
    match done {
        Ok(0) => Ok(DONE),
        Ok(failed) => {
            eprintln!("{failed} items failed");
            Ok(ExitCode::FAILURE)
        }
        Err(error) if is_reader_gone(&error) => Ok(ExitCode::from(READER_GONE)),
        Err(error) => Err(error),
    }
}

/// Writes all results; gives the number of items that failed.
async fn copy(
    mut parts: Parts,
    out: &mut impl Write,
    progress: &ProgressBar,
) -> anyhow::Result<usize> {
    let mut failed = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(Coded::new)?;
        if part.errors.is_empty() {
            out.write_all(part.lines.as_bytes())?;
        } else {
            failed += part.errors.len();
            copy_mixed(&part, out)?;
        }
        progress.inc(part.items);
        // What reads the results shall have them now.
        out.flush()?;
    }
    Ok(failed)
}

/// Writes results of which some are errors.
fn copy_mixed(part: &Part, out: &mut impl Write) -> std::io::Result<()> {
    for result in part.results() {
        match result {
            Ok(line) => writeln!(out, "{line}")?,
            Err(error) => {
                eprintln!("{error}");
                let (index, text) = (error.index, &error.text);
                writeln!(out, "{}", json!({ "error": { "index": index, "text": text } }))?;
            }
        }
    }
    Ok(())
}

/// What stands on standard input, read on a thread of its own.
fn standard_input() -> Items {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut piece = vec![0; PIECE_BYTES];
            let read = match input.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    piece.truncate(length);
                    Ok(piece.into())
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let is_broken = read.is_err();
            if sender.blocking_send(read).is_err() || is_broken {
                return;
            }
        }
    });
    Box::pin(futures::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    }))
}

/// A count for people, unless they see the results themselves.
fn progress() -> ProgressBar {
    if std::io::stdout().is_terminal() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} items, {per_sec}");
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(100));
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn is_reader_gone(error: &anyhow::Error) -> bool {
    let broken = error.downcast_ref::<std::io::Error>();
    broken.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
