//! A JavaScript function over JSON lines, without a cluster: what `thorp fmap` is compared with.
//!
//! Each thread has a QuickJS of its own and takes the lines in chunks; results are written in the
//! order of the lines.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, anyhow};
use rquickjs::{CatchResultExt, Ctx, Function, Runtime};

use crate::flags::Flags;

/// Lines that a thread takes at a time: enough that taking them costs nothing.
const CHUNK_LINES: usize = 4096;

/// Calls the function with each line of a chunk, in one call from outside.
const DRIVER: &str = "(call, lines) => {
    let results = '';
    for (const line of lines.split('\\n')) results += JSON.stringify(call(JSON.parse(line))) + '\\n';
    return results;
}";

pub(crate) fn run(flags: &Flags) -> anyhow::Result<()> {
    let (source, threads) = (flags.text("function")?, flags.number::<usize>("threads")?);
    let items = flags.text("items")?;
    let items =
        std::fs::read_to_string(items).with_context(|| format!("failed to read `{items}`"))?;
    let lines: Vec<&str> = items.lines().collect();
    let chunks: Vec<String> = lines.chunks(CHUNK_LINES).map(|lines| lines.join("\n")).collect();
    let next = AtomicUsize::new(0);
    let mut results = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(source, &chunks, &next))).collect();
        let mut results = Vec::new();
        for worker in workers {
            results.extend(worker.join().map_err(|_| anyhow!("a thread panicked"))??);
        }
        anyhow::Ok(results)
    })?;
    results.sort_unstable_by_key(|(chunk, _)| *chunk);
    let file = flags.text("results")?;
    let file = File::create(file).with_context(|| format!("failed to create `{file}`"))?;
    let mut out = BufWriter::new(file);
    for (_, lines) in &results {
        out.write_all(lines.as_bytes())?;
    }
    Ok(out.flush()?)
}

/// One thread: results of the chunks that it took, with their numbers.
fn work(
    source: &str,
    chunks: &[String],
    next: &AtomicUsize,
) -> anyhow::Result<Vec<(usize, String)>> {
    let runtime = Runtime::new()?;
    let context = rquickjs::Context::full(&runtime)?;
    context.with(|ctx: Ctx<'_>| {
        let thrown = |error: rquickjs::CaughtError<'_>| anyhow!("{error}");
        let call: Function<'_> = ctx.eval(format!("({source})")).catch(&ctx).map_err(thrown)?;
        let driver: Function<'_> = ctx.eval(DRIVER).catch(&ctx).map_err(thrown)?;
        let mut results = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(lines) = chunks.get(number) else { return Ok(results) };
            let lines: String =
                driver.call((call.clone(), lines.as_str())).catch(&ctx).map_err(thrown)?;
            results.push((number, lines));
        }
    })
}
