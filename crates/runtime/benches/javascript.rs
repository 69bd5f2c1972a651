//! What a call of JavaScript costs: `cargo bench -p runtime --bench javascript`.
//!
//! Compares [`JavaScript::call_many`] with the same function over the same lines in one context of
//! the engine, driven by a loop in JavaScript.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use model::clock::Clock;
use runtime::javascript::{
    Anonymous, Cancel, Config, Function, Items, JavaScript, Limits, NoHost, Node, Patches, Scope,
    Value,
};

const ITEMS: u64 = 200_000;
const CHUNK: u64 = 10_000;
const FUNCTION: &str = "item => ({id: item.id, total: item.price * item.count, name: item.name})";

#[derive(Debug)]
struct RealClock(Instant);

impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        self.monotonic_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

fn main() {
    // Test runners start every program of the workspace to hear of its tests.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let whole = lines(0, ITEMS);
    let (alone, expected) = measured(|| in_one_context(&whole));
    per_second("one context, loop in JavaScript", ITEMS, alone);

    let javascript = javascript();
    let function = Function::Anonymous(Anonymous::from_text(FUNCTION, "{}").unwrap());
    let chunks: Vec<Items> = (0..ITEMS / CHUNK)
        .map(|chunk| Items {
            lines: lines(chunk * CHUNK, CHUNK).into(),
            first_index: chunk * CHUNK,
            stop_at_error: false,
        })
        .collect();
    let scope = scope("");
    let (ours, lines) = measured(|| {
        let answers = chunks
            .iter()
            .map(|chunk| javascript.call_many(&scope, &function, chunk.clone()).unwrap().lines);
        answers.collect::<String>()
    });
    assert_eq!(lines, expected);
    per_second("call_many in chunks of 10,000", ITEMS, ours);
    println!("ratio: {:.2}", ours / alone);
    trivial(&javascript);
    single_calls(&javascript, &scope, &function);
    contexts();
}

fn javascript() -> JavaScript {
    JavaScript::new(Config {
        limits: Limits::default(),
        contexts_max: 1,
        node: Node::default(),
        host: Arc::new(NoHost),
        clock: Arc::new(RealClock(Instant::now())),
    })
}

fn scope(patch: &str) -> Scope {
    let patches = Patches::default().with("bench.js", patch).unwrap();
    Scope { patches, time_ms: 600_000, seed: 1, cancel: Cancel::default() }
}

fn lines(first: u64, count: u64) -> String {
    (first..first + count)
        .map(|id| {
            format!("{{\"id\":{id},\"price\":2.5,\"count\":{},\"name\":\"item {id}\"}}\n", id % 7)
        })
        .collect()
}

/// The same work without anything of ours.
fn in_one_context(lines: &str) -> String {
    let runtime = rquickjs::Runtime::new().unwrap();
    let context = rquickjs::Context::full(&runtime).unwrap();
    context.with(|ctx| {
        let map = format!(
            "(lines => {{ const f = {FUNCTION}; const out = [];
                for (const line of lines.split('\\n'))
                    if (line !== '') out.push(JSON.stringify(f(JSON.parse(line))));
                return out.join('\\n') + '\\n' }})"
        );
        let map: rquickjs::Function<'_> = ctx.eval(map).unwrap();
        map.call::<_, String>((lines,)).unwrap()
    })
}

fn trivial(javascript: &JavaScript) {
    let function = Function::Anonymous(Anonymous::from_text("x => x + 1", "{}").unwrap());
    let lines: String = (0..ITEMS).map(|item| format!("{item}\n")).collect();
    let items = Items { lines: lines.into(), first_index: 0, stop_at_error: false };
    let (seconds, _) = measured(|| javascript.call_many(&scope(""), &function, items).unwrap());
    per_second("trivial function, one chunk", ITEMS, seconds);
}

fn single_calls(javascript: &JavaScript, scope: &Scope, function: &Function) {
    const CALLS: u64 = 10_000;
    let (seconds, ()) = measured(|| {
        for _ in 0..CALLS {
            let argument =
                Value::Json("{\"id\":1,\"price\":2.5,\"count\":3,\"name\":\"x\"}".into());
            black_box(javascript.call(scope, function, argument).result.unwrap());
        }
    });
    per_second("call, one at a time", CALLS, seconds);
}

fn contexts() {
    const CONTEXTS: u64 = 200;
    let source: String =
        (0..100).map(|f| format!("function f{f}(item) {{ return {{...item, sum: item.price * {f} + item.count, name: String(item.name).trim()}} }}\n")).collect();
    println!("patch of {} bytes", source.len());
    for (name, patch) in
        [("fresh context, no patch", ""), ("fresh context with the patch", &source)]
    {
        let (javascript, scope) = (javascript(), scope(patch));
        let (seconds, ()) = measured(|| {
            for _ in 0..CONTEXTS {
                javascript.check(&scope).result.unwrap();
            }
        });
        println!(
            "{name}: {:.0} microseconds",
            seconds * 1e6 / f64::from(u32::try_from(CONTEXTS).unwrap())
        );
    }
    let before = resident_kib();
    let warm: Vec<JavaScript> = (0..20).map(|_| javascript()).collect();
    for javascript in &warm {
        let value = javascript.call(
            &scope(&source),
            &Function::Anonymous(Anonymous::from_text("x => f1(x)", "{}").unwrap()),
            Value::Json("{}".into()),
        );
        value.result.unwrap();
    }
    println!("memory of a warm context: {} KiB", (resident_kib() - before) / 20);
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn measured<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let result = work();
    (began.elapsed().as_secs_f64(), result)
}

fn per_second(name: &str, count: u64, seconds: f64) {
    let count = f64::from(u32::try_from(count).unwrap());
    println!(
        "{name}: {:.0} per second, {:.2} microseconds each",
        count / seconds,
        seconds * 1e6 / count
    );
}
