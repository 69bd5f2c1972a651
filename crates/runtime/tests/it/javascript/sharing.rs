//! Many callers and few contexts; and sources of every kind.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use proptest::prelude::*;
use runtime::javascript::{
    CallError, Cancel, Config, Host, HostCall, JavaScript, Reply, Scope, Value,
};

use super::kit::{SHORT_MS, anonymous, config, items, javascript, json, named, scope, short};
use crate::support::HandClock;

/// Hands out the calls that it gets.
#[derive(Debug)]
struct Calls(SyncSender<Reply>);

impl Host for Calls {
    fn services(&self) -> &[&str] {
        &[]
    }

    fn call(&self, _: HostCall, reply: Reply) {
        self.0.send(reply).unwrap();
    }
}

/// A pool with one context, which is busy until `Reply` is answered.
fn busy(clock: &Arc<HandClock>) -> (JavaScript, Reply, std::thread::JoinHandle<Value>) {
    let (to_test, calls) = sync_channel(1);
    let host = Arc::new(Calls(to_test));
    let clock = Arc::clone(clock);
    let javascript = JavaScript::new(Config { contexts_max: 1, host, clock, ..config() });
    let caller = javascript.clone();
    let call = std::thread::spawn(move || {
        let wait = anonymous("x => thorp.call('any', 'any')");
        caller.call(&scope(&[]), &wait, json("1")).result.unwrap()
    });
    let reply = calls.recv().unwrap();
    (javascript, reply, call)
}

#[test]
fn call_waits_for_a_context_as_long_as_it_may_run() {
    let clock = Arc::new(HandClock::default());
    let (javascript, reply, call) = busy(&clock);

    clock.advance(1);
    let none = Scope { time_ms: 0, ..short() };
    let error = javascript.call(&none, &anonymous("x => x"), json("1")).result.unwrap_err();
    assert_eq!(error.to_string(), "all 1 JavaScript contexts were busy for 0 ms");

    reply.answer(Ok("2".into()));
    let answer = javascript.call(&short(), &anonymous("x => x"), json("1")).result.unwrap();
    assert_eq!((answer, call.join().unwrap()), (json("1"), json("2")));
}

#[test]
fn call_that_waits_for_a_context_can_be_cancelled() {
    let clock = Arc::new(HandClock::default());
    let (javascript, reply, call) = busy(&clock);

    let cancel = Cancel::default();
    cancel.cancel();
    let scope = Scope { cancel, ..short() };
    let error = javascript.call(&scope, &anonymous("x => x"), json("1")).result.unwrap_err();

    assert!(matches!(error, CallError::Cancelled), "{error:?}");
    reply.answer(Ok("2".into()));
    assert_eq!(call.join().unwrap(), json("2"));
}

#[test]
fn call_that_waits_for_the_host_can_be_cancelled() {
    let (to_test, calls) = sync_channel(1);
    let javascript = JavaScript::new(Config { host: Arc::new(Calls(to_test)), ..config() });
    let cancel = Cancel::default();
    let scope = Scope { cancel: cancel.clone(), time_ms: u64::MAX, ..scope(&[]) };
    let call = std::thread::spawn(move || {
        javascript.call(&scope, &anonymous("x => thorp.call('any', 'any')"), json("1")).result
    });

    let reply = calls.recv().unwrap();
    cancel.cancel();

    assert!(matches!(call.join().unwrap(), Err(CallError::Cancelled)));
    reply.answer(Ok("late".into()));
}

#[test]
fn many_threads_share_few_contexts() {
    let javascript = javascript();
    let scope = Scope { time_ms: u64::MAX / 2, ..scope(&["function twice(x) { return 2 * x }"]) };

    let lines: Vec<String> = std::thread::scope(|threads| {
        let calls: Vec<_> = (0..8)
            .map(|thread| {
                let (javascript, scope) = (&javascript, &scope);
                threads.spawn(move || {
                    let items = items(&format!("{thread}\n").repeat(500));
                    javascript.call_many(scope, &named("twice"), items).unwrap().lines
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });

    for (thread, lines) in lines.iter().enumerate() {
        assert_eq!(*lines, format!("{}\n", 2 * thread).repeat(500));
    }
    assert_eq!(threads_of_contexts(), 2);
    drop(javascript);
    assert_eq!(threads_of_contexts(), 0);
}

fn threads_of_contexts() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("javascript-"))
        .count()
}

#[test]
fn more_functions_than_are_kept_compiled_still_work() {
    let javascript = JavaScript::new(Config { contexts_max: 1, ..config() });
    for round in 0..2 {
        for number in 0..100 {
            let function = anonymous(&format!("x => x + {number}"));
            let answer = javascript.call(&scope(&[]), &function, json("1")).result.unwrap();
            assert_eq!(answer, json(&(number + 1).to_string()), "round {round}");
        }
    }
}

/// Sources that make some sense and some that make none.
fn any_source() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "x",
        "f",
        "=>",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "1",
        "'s'",
        "`t${x}`",
        "/r/g",
        "=",
        "+",
        ",",
        ";",
        "\n",
        "let ",
        "const ",
        "function ",
        "class ",
        "async ",
        "await ",
        "yield ",
        "export ",
        "import ",
        "return ",
        "throw ",
        "new ",
        "while(1)",
        "for(;;)",
        "try{",
        "}catch{",
        "this",
        "globalThis.",
        "Promise.",
        "reject(1)",
        "resolve()",
        ".then(f)",
        "delete ",
        "typeof ",
        "Object.prototype.",
        "constructor",
        "Symbol.iterator",
        "10n",
        "...",
        "?.",
        "**",
        "with(x)",
        "setTimeout(f)",
        "thorp.",
        "console.log(x)",
        "JSON",
        "//",
        "/*",
        "*/",
        "\u{0}",
        "\u{1F600}",
    ]);
    prop_oneof![
        prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat()),
        "\\PC{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_source_is_answered(source in any_source()) {
        let scope = |sources: &[&str]| Scope { time_ms: SHORT_MS / 10, ..scope(sources) };
        let javascript = javascript();
        let evaluated = javascript.eval(&scope(&[]), &source).result.map(drop);
        let patched = Scope { time_ms: SHORT_MS / 10, ..scope(&[&source]) };
        let loaded = javascript.check(&patched).result;
        let called = javascript.call(&scope(&[]), &anonymous(&source), json("1")).result.map(drop);
        for result in [evaluated, loaded, called] {
            prop_assert!(!matches!(result, Err(CallError::Engine { .. })), "{result:?}");
        }
        let answer = javascript.call(&scope(&[]), &anonymous("x => x"), json("1")).result.unwrap();
        prop_assert_eq!(answer, json("1"));
    }
}
