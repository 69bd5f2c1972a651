//! What scripts must not be able to do: run for ever, take all memory, get out.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use runtime::javascript::{
    BrokenLimit, CallError, Config, Host, HostCall, JavaScript, Limits, LogLevel, Patches, Reply,
    Scope,
};
use runtime::limits::{JAVASCRIPT_GRACE_MS, JAVASCRIPT_MEMORY_BYTES_MIN};

use super::kit::{
    SHORT_MS, anonymous, call, config, items, javascript, json, map, named, scope, short,
};
use crate::support::HandClock;

fn broken(scope: &Scope, source: &str) -> BrokenLimit {
    match javascript().call(scope, &anonymous(source), json("1")).result {
        Err(CallError::Limit(limit)) => limit,
        other => panic!("{source}: {other:?}"),
    }
}

const OVER_TIME: BrokenLimit = BrokenLimit::Time { time_ms: SHORT_MS };

#[test]
fn loops_without_end_are_ended() {
    for source in [
        "x => { while (true); }",
        "x => { for (;;) { try { while (true); } catch {} finally { continue } } }",
        "async x => { while (true); }",
        "x => Promise.resolve().then(() => { while (true); })",
        "x => { Promise.resolve().then(() => { while (true); }); return 1 }",
        "x => { const f = () => { Promise.resolve().then(f) }; f() }",
        "async x => { while (true) await null }",
        "x => new Promise(() => setInterval(() => {}, 0))",
        "x => /(a+)+b/.test('a'.repeat(40))",
        "x => ({toJSON() { while (true); }})",
        "x => { throw {get message() { while (true); }, toString() { while (true); }} }",
        "x => [1, 2].sort(() => { while (true); })",
        "x => { queueMicrotask(function f() { queueMicrotask(f) }); return new Promise(() => {}) }",
    ] {
        assert_eq!(broken(&short(), source), OVER_TIME, "{source}");
    }
}

#[test]
fn memory_bombs_are_refused() {
    let limit = BrokenLimit::Memory { bytes: Limits::default().memory_bytes };
    for source in [
        "x => { const a = []; while (true) a.push({}) }",
        "x => { const a = []; while (true) a.push('x'.repeat(1e6) + a.length) }",
        "x => { let s = 'x'; while (true) s = (s + s).replace('q', '') }",
        "x => new Uint8Array(2**30)",
        "x => Array.from({length: 1e9}, (_, i) => i)",
        "x => { const m = new Map(); for (let i = 0; ; i++) m.set(i, i) }",
        "x => 'x'.repeat(2**29)",
        "x => { let a = []; while (true) { try { a = [a, new Uint8Array(1e6)] } catch {} } }",
    ] {
        assert_eq!(broken(&scope(&[]), source), limit, "{source}");
    }
    assert!(call("x => 'x'.repeat(2**30)", "1").is_err());
}

#[test]
fn deep_recursion_is_ended() {
    let limit = BrokenLimit::Stack { bytes: Limits::default().stack_bytes };
    for source in ["function f(x) { return f(x) + 1 }", "x => { const f = () => [f()]; f() }"] {
        assert_eq!(broken(&scope(&[]), source), limit, "{source}");
    }
    assert!(call("x => { const f = () => { try { f() } catch {} }; f(); return 1 }", "1").is_ok());
}

#[test]
fn deep_structures_do_not_end_the_process() {
    for source in [
        "x => { let s = ''; for (let i = 0; i < 1e5; i++) s = 'x' + s; return s.length }",
        "x => { let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.a }",
        "x => { let f = y => y; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f(1) }",
        "x => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity) }",
        "x => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return String(a) }",
        "x => { let g = function* () {}; for (let i = 0; i < 1e4; i++) { const h = g;
            g = function* () { yield* h() } } return [...g()] }",
        "x => { let p = Promise.resolve(1); for (let i = 0; i < 1e5; i++) p = p.then(y => y); return p }",
        "x => { let p = new Promise(() => {}); for (let i = 0; i < 1e5; i++) p = p.then(y => y) }",
        "x => { let o = null; for (let i = 0; i < 1e5; i++) o = Object.create(o); return o.a }",
        "x => { let o = {}; for (let i = 0; i < 1e5; i++) o = {o, toJSON() { return this.o }}; return o }",
        "x => { let e = 1; for (let i = 0; i < 1e5; i++) e = new Error('e', {cause: e}); throw e }",
        "x => eval('('.repeat(1e5))",
        "x => eval('['.repeat(1e5) + ']'.repeat(1e5))",
        "x => eval('1' + '+1'.repeat(1e5))",
        "x => eval('a.'.repeat(1e5) + 'b')",
        "x => eval('x=>'.repeat(1e5) + '1')",
        "x => eval('{'.repeat(1e5) + '}'.repeat(1e5))",
        "x => eval('`${'.repeat(1e4) + '}`'.repeat(1e4))",
        "x => eval('if(1)'.repeat(1e5) + '1')",
        "x => new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('')",
        "x => new RegExp('(?=' .repeat(1e4) + ')'.repeat(1e4)).test('')",
        "x => /^(?:a|ab)*$/.test('ab'.repeat(1e5))",
        "x => JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))",
        "x => JSON.parse('{\"a\":'.repeat(1e5) + '1' + '}'.repeat(1e5), (k, v) => v)",
        "x => { class A { get a() { return this.a } } return new A().a }",
        "x => { const o = {valueOf() { return +this }}; return o + 1 }",
        "x => { const a = [1]; a[Symbol.iterator] = function* () { yield* this }; return [...a] }",
        "x => console.log(Array.from({length: 90}, function f(_, i, d = 0) { return [f] }))",
        "x => { let a = 1n; while (true) a = a ** 3n + 7n }",
    ] {
        let scope = Scope { time_ms: 2 * SHORT_MS, ..scope(&[]) };
        let result = javascript().call(&scope, &anonymous(source), json("1")).result;
        assert!(!matches!(result, Err(CallError::Engine { .. })), "{source}: {result:?}");
    }
}

#[test]
fn large_answers_are_refused() {
    let limits = Limits { output_bytes: 1_000, ..Limits::default() };
    let javascript = JavaScript::new(Config { limits, ..config() });
    let limit = BrokenLimit::Output { bytes: 1_000 };

    let error = javascript.call(&scope(&[]), &anonymous("x => 'x'.repeat(999)"), json("1")).result;
    assert!(matches!(error, Err(CallError::Limit(found)) if found == limit));
    let error = javascript
        .call_many(&scope(&[]), &anonymous("x => 'x'.repeat(300)"), items("1\n2\n3\n4\n"))
        .unwrap_err();
    assert!(matches!(error.source, CallError::Limit(found) if found == limit));
    assert_eq!((error.index, error.answers.items), (3, 3));
    let error = javascript
        .call_many(&scope(&[]), &anonymous("x => { throw Error('x'.repeat(900)) }"), items("1\n2"))
        .unwrap_err();
    assert_eq!(error.index, 0);
}

#[test]
fn flood_of_output_is_dropped_and_counted() {
    let answers =
        map("x => { for (let i = 0; i < 1e4; i++) console.log('flood', i); return x }", "1");

    let bytes: usize = answers.log.lines.iter().map(|line| line.text.len()).sum();
    assert!(bytes <= Limits::default().log_bytes);
    let lines = u64::try_from(answers.log.lines.len()).unwrap();
    assert_eq!(lines + answers.log.dropped, 10_000);
    assert_eq!(answers.log.lines[1].text, "flood 1");
}

#[test]
fn context_of_a_broken_limit_is_thrown_away() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let scope = scope(&["let count = 0; function next() { return ++count }"]);
    let next = || javascript.call(&scope, &named("next"), json("1")).result.unwrap();

    assert_eq!((next(), next()), (json("1"), json("2")));
    let error = javascript
        .call(
            &Scope { time_ms: SHORT_MS, ..scope.clone() },
            &anonymous("x => { while (true); }"),
            json("1"),
        )
        .result;
    assert!(matches!(error, Err(CallError::Limit(_))));
    assert_eq!(next(), json("1"));
}

#[test]
fn context_that_keeps_too_much_is_built_anew() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let scope = scope(&[
        "let kept = []; function keep(n) { kept.push(new Uint8Array(n)); return kept.length }",
    ]);
    let keep = |bytes: &str| javascript.call(&scope, &named("keep"), json(bytes)).result.unwrap();

    assert_eq!((keep("1000"), keep("40000000"), keep("1000")), (json("1"), json("2"), json("1")));
}

#[test]
fn broken_built_ins_harm_their_own_context_only() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let vandal = "globalThis.JSON = null; Array.prototype.push = Object.keys = String = null;
        Function.prototype.call = Function.prototype.apply = null; Map.prototype.get = null;
        Object.prototype.toString = null; Promise.prototype.then = null; globalThis.Error = null;";
    let broken = scope(&[vandal, "function f(x) { console.log([x]); return {x} }"]);

    let outcome = javascript.call(&broken, &named("f"), json("1"));
    assert_eq!(outcome.result.unwrap(), json(r#"{"x":1}"#));
    assert_eq!(outcome.log.lines[0].text, "[1]");
    let whole = scope(&[]);
    let answer =
        javascript.call(&whole, &anonymous("x => JSON.stringify([x])"), json("1")).result.unwrap();
    assert_eq!(answer, json(r#""[1]""#));
}

#[test]
fn what_one_call_leaves_behind_is_there_for_the_next_and_not_for_other_patches() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let (one, other) = (scope(&["var p = 1"]), scope(&["var p = 2"]));
    let see = |scope: &Scope| {
        javascript.call(scope, &anonymous("x => ({}).seen ?? null"), json("1")).result.unwrap()
    };

    javascript
        .call(&one, &anonymous("x => { Object.prototype.seen = 1 }"), json("1"))
        .result
        .unwrap();
    assert_eq!(see(&one), json("1"));
    assert_eq!(see(&other), json("null"));
}

#[test]
fn rejections_that_nobody_looks_at_are_logged() {
    let answers = map("x => { Promise.reject(new TypeError('lost')); return x }", "1\n");

    assert_eq!(answers.lines, "1\n");
    assert_eq!(answers.log.lines.len(), 1);
    assert_eq!(answers.log.lines[0].level, LogLevel::Error);
    assert_eq!(answers.log.lines[0].text, "uncaught TypeError: lost");
    let handled = map("async x => { try { await Promise.reject(1) } catch { return x } }", "1\n");
    assert_eq!(handled.log.lines, []);
}

#[test]
fn errors_in_timers_and_jobs_are_logged() {
    let source = "x => new Promise(done => {
        queueMicrotask(() => { throw new Error('job') });
        setTimeout(() => { throw new Error('timer') }, 1);
        setTimeout(done, 5, x);
    })";
    let answers = map(source, "1\n");

    assert_eq!(answers.lines, "1\n");
    let texts: Vec<&str> = answers.log.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["uncaught Error: job", "uncaught Error: timer"]);
}

#[test]
fn promise_that_nobody_settles_is_an_error() {
    let Err(CallError::Threw(thrown)) = call("x => new Promise(() => {})", "1") else {
        panic!("settled");
    };
    assert_eq!(thrown.message, "the promise is never settled: no timer and no call waits");
}

#[test]
fn timers_are_bounded_and_end_with_the_call() {
    let source = "x => { for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6) }";
    let Err(CallError::Threw(thrown)) = call(source, "1") else { panic!("unbounded") };
    assert_eq!(thrown.to_string(), "RangeError: more than 1000 timers");

    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    let late = "x => { setTimeout(() => { globalThis.late = true }, 1); return 1 }";
    javascript.call(&scope(&[]), &anonymous(late), json("1")).result.unwrap();
    let look = "x => new Promise(done => setTimeout(() => done(globalThis.late ?? null), 20))";
    let answer = javascript.call(&scope(&[]), &anonymous(look), json("1")).result.unwrap();
    assert_eq!(answer, json("null"));
}

#[test]
fn smallest_context_works_and_blocks_nowhere() {
    let limits = Limits { memory_bytes: JAVASCRIPT_MEMORY_BYTES_MIN, ..Limits::default() };
    let javascript = JavaScript::new(Config { limits, ..config() });
    let add = "x => [1, 2, 3].map(y => y + x)";
    let answer = javascript.call(&scope(&[]), &anonymous(add), json("1")).result;
    assert_eq!(answer.unwrap(), json("[2,3,4]"));
    let wait = "x => Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)";
    let Err(CallError::Threw(thrown)) = call(wait, "1") else { panic!("waited") };
    assert_eq!(thrown.name, "TypeError");
}

#[test]
fn nothing_leads_out_of_a_context() {
    for name in ["require", "process", "fetch", "std", "os", "Deno", "XMLHttpRequest", "scriptArgs"]
    {
        let answer = call(&format!("x => typeof {name}"), "1").unwrap();
        assert_eq!(answer, json("\"undefined\""), "{name}");
    }
    assert!(matches!(call("x => import('fs')", "1"), Err(CallError::Threw(_))));
    let patches =
        Patches::default().with("m.js", "import fs from 'fs'; export const a = 1").unwrap();
    let error = javascript().check(&Scope { patches, ..scope(&[]) }).result.unwrap_err();
    assert!(matches!(error, CallError::Patch { number: 1, .. }), "{error:?}");
}

/// Says when it is called, and never answers.
#[derive(Debug)]
struct Signal(SyncSender<Reply>);

impl Host for Signal {
    fn services(&self) -> &[&str] {
        &[]
    }

    fn call(&self, _: HostCall, reply: Reply) {
        self.0.send(reply).unwrap();
    }
}

#[test]
fn thread_of_a_native_loop_is_left_behind_and_the_call_answered() {
    let clock = Arc::new(HandClock::default());
    let (to_test, started) = sync_channel(1);
    let javascript = JavaScript::new(Config {
        contexts_max: 1,
        clock: clock.clone(),
        host: Arc::new(Signal(to_test)),
        ..config()
    });
    let native =
        "x => { thorp.call('any', 'any'); Array.prototype.reverse.call({length: 2 ** 40}) }";

    let caller = javascript.clone();
    let call = std::thread::spawn(move || {
        caller.call(&short(), &anonymous(native), json("1")).result.unwrap_err()
    });
    drop(started.recv().unwrap());
    clock.advance(SHORT_MS + JAVASCRIPT_GRACE_MS);
    let error = call.join().unwrap();

    assert!(matches!(error, CallError::Limit(limit) if limit == OVER_TIME));
    let answer = javascript.call(&scope(&[]), &anonymous("x => x"), json("1"));
    assert_eq!(answer.result.unwrap(), json("1"));
}
