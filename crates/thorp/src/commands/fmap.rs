//! `thorp fmap`: a function over the lines of standard input, on all members.

mod results;

use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::Stream;
use gateway::https::body::task::{FMapQuery, Head, OnError, Order, Part};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::DONE;
use crate::cli::code::FMapArgs;
use crate::client::{ClientError, Streamed};
use crate::console::NotStarted;
use results::Results;

/// Bytes of standard input that are read at once.
const PIECE_BYTES: usize = 256 * 1024;
/// Pieces that wait to be sent.
const PIECES_MAX: usize = 4;
/// The exit code of a program whose reader has gone: that of SIGPIPE.
const READER_GONE: u8 = 141;

pub(crate) fn run(args: &FMapArgs) -> anyhow::Result<ExitCode> {
    let query = query(args)?;
    let cluster = Streamed::find(args.cluster.url.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(stream(&cluster, &query));
    // Standard input may be in the middle of a read that nobody needs any more.
    runtime.shutdown_background();
    done
}

fn query(args: &FMapArgs) -> anyhow::Result<FMapQuery> {
    let is_name = args.function.split('.').all(is_identifier);
    let function = Some(args.function.clone());
    let (function, source) = if is_name { (function, None) } else { (None, function) };
    let captured = captured(&args.capture)?;
    if is_name && !captured.is_empty() {
        let text = format!("`{}` is a loaded function, which captures nothing", args.function);
        let help = format!("write an expression, as in 'x => {}(x)'", args.function);
        return Err(NotStarted { text, help: Some(help) }.into());
    }
    Ok(FMapQuery {
        function,
        source,
        captured: (!captured.is_empty()).then(|| Value::Object(captured).to_string()),
        order: if args.unordered { Order::Done } else { Order::Input },
        on_error: if args.keep_going { OnError::Collect } else { OnError::Stop },
        deadline_ms: args.deadline,
    })
}

/// Whether a text may be the name of something in JavaScript.
fn is_identifier(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic() || c == '_' || c == '$';
    text.starts_with(is_letter) && text.chars().all(|c| is_letter(c) || c.is_numeric())
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

async fn stream(cluster: &Streamed, query: &FMapQuery) -> anyhow::Result<ExitCode> {
    if std::io::stdin().is_terminal() {
        eprintln!("items are read from the terminal, one JSON value per line; Ctrl-D ends them");
    }
    let response = cluster.post("fmap", query, standard_input()).await?;
    let mut results = Results::new(response, &cluster.url);
    let mut out = std::io::stdout().lock();
    let progress = progress();
    let done = copy(&mut results, &mut out, &progress).await;
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
    results: &mut Results,
    out: &mut impl Write,
    progress: &ProgressBar,
) -> anyhow::Result<usize> {
    let mut failed = 0;
    loop {
        match results.head().await? {
            Head::Part(Part { items, errors, .. }) if errors.is_empty() => {
                results.copy(items, out).await?;
                progress.inc(items);
            }
            Head::Part(Part { first, items, errors }) => {
                failed += errors.len();
                results.copy_mixed(first..first.saturating_add(items), errors, out).await?;
                progress.inc(items);
            }
            Head::End(_) => return Ok(failed),
            Head::Problem(problem) => return Err(ClientError::Refused(Box::new(problem)).into()),
        }
        // What reads the results shall have them now.
        out.flush()?;
    }
}

/// What stands on standard input, read on a thread of its own.
fn standard_input() -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
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
    futures::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    })
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
