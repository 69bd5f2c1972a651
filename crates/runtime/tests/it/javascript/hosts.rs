//! The object `thorp`: calls of the host and their answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use runtime::javascript::{CallError, Host, HostCall, HostError, Reply};
use serde_json::{Value, json};

use super::kit::{anonymous, call, json, scope, short, shown, with_host};

/// Maps in memory, and two services that answer in their own ways.
#[derive(Debug, Default)]
struct Memory {
    maps: Mutex<BTreeMap<(String, String), Value>>,
    /// Calls of `later`, answered together when the third one arrives.
    later: Mutex<Vec<Reply>>,
}

impl Host for Memory {
    fn services(&self) -> &[&str] {
        &["map", "later"]
    }

    fn call(&self, call: HostCall, reply: Reply) {
        match call.service.as_str() {
            "map" => reply.answer(self.map(&call)),
            "later" => self.later(reply),
            "never" => drop(reply),
            _ => reply.answer(Ok("not JSON".into())),
        }
    }
}

impl Memory {
    fn map(&self, call: &HostCall) -> Result<String, HostError> {
        let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
        let value = |path: &str| arguments.pointer(path).cloned().unwrap_or_default();
        let text = |path: &str| value(path).as_str().unwrap_or_default().to_owned();
        let key = (text("/name"), text("/arguments/0"));
        let mut maps = self.maps.lock().unwrap();
        match call.operation.as_str() {
            "get" => Ok(maps.get(&key).unwrap_or(&Value::Null).to_string()),
            "put" => {
                let old = maps.insert(key, value("/arguments/1"));
                Ok(old.unwrap_or_default().to_string())
            }
            other => {
                let text = format!("a map has no operation `{other}`");
                Err(HostError { code: "OPERATION_UNKNOWN".into(), text })
            }
        }
    }

    fn later(&self, reply: Reply) {
        let mut waiting = self.later.lock().unwrap();
        waiting.push(reply);
        if waiting.len() == 3 {
            let replies = std::mem::take(&mut *waiting);
            std::thread::spawn(move || {
                for (number, reply) in replies.into_iter().enumerate().rev() {
                    reply.answer(Ok(number.to_string()));
                }
            });
        }
    }
}

fn result(source: &str) -> Result<String, CallError> {
    let javascript = with_host(Arc::new(Memory::default()));
    let answer = javascript.call(&scope(&[]), &anonymous(source), json("1")).result?;
    let runtime::javascript::Value::Json(text) = answer else { panic!("bytes") };
    Ok(text)
}

#[test]
fn structures_are_reached_by_their_words() {
    let source = "async x => {
        const map = thorp.map('m');
        const before = await map.get('k');
        await map.put('k', {n: x});
        return [before, await thorp.map('m').get('k'), await thorp.map('other').get('k')];
    }";
    assert_eq!(result(source).unwrap(), r#"[null,{"n":1},null]"#);
}

#[test]
fn many_calls_wait_at_once() {
    let source = "x => Promise.all([1, 2, 3].map(() => thorp.call('later', 'any')))";
    assert_eq!(result(source).unwrap(), "[0,1,2]");
}

#[test]
fn errors_of_the_host_have_their_code() {
    let source = "async x => { try { await thorp.map('m').fly() } catch (e) {
        return [e instanceof Error, e.code, e.message] } }";
    assert_eq!(
        result(source).unwrap(),
        r#"[true,"OPERATION_UNKNOWN","a map has no operation `fly`"]"#
    );
}

#[test]
fn host_that_does_not_answer_or_not_with_json_is_an_error() {
    for (service, text) in [("never", "the node gave no answer"), ("odd", "unexpected token")] {
        let error = result(&format!("x => thorp.call('{service}', 'any')")).unwrap_err();
        let CallError::Threw(thrown) = error else { panic!("{error:?}") };
        assert!(thrown.message.to_lowercase().contains(text), "{thrown}");
    }
}

#[test]
fn calls_that_wait_are_bounded() {
    let source = "x => { for (let i = 0; i < 1e5; i++) thorp.call('later', 'any') }";
    let javascript = with_host(Arc::new(Silent::default()));
    let outcome = javascript.call(&scope(&[]), &anonymous(source), json("1"));
    assert!(outcome.log.lines.iter().any(|line| line.text.contains("more than 1000 calls")));
}

/// Never answers.
#[derive(Debug, Default)]
struct Silent(Mutex<Vec<Reply>>);

impl Host for Silent {
    fn services(&self) -> &[&str] {
        &[]
    }

    fn call(&self, _: HostCall, reply: Reply) {
        self.0.lock().unwrap().push(reply);
    }
}

#[test]
fn waiting_for_the_host_ends_with_the_time() {
    let javascript = with_host(Arc::new(Silent::default()));
    let source = anonymous("x => thorp.call('any', 'any')");
    let error = javascript.call(&short(), &source, json("1")).result.unwrap_err();
    assert_eq!(error.to_string(), "the function ran longer than 300 ms");
}

#[test]
fn node_is_known_and_services_are_those_of_the_host() {
    assert_eq!(shown("thorp.node"), r#"{"name":"mill","id":"node_1"}"#);
    assert_eq!(shown("[typeof thorp.map, Object.isFrozen(thorp)]"), r#"["undefined",true]"#);
    let Err(CallError::Threw(thrown)) = call("x => thorp.call('map', 'get')", "1") else {
        panic!("answered");
    };
    assert_eq!(thrown.message, "there is no service `map` here");
}

#[test]
fn arguments_are_json() {
    let source = "x => thorp.call('map', 'get', 10n)";
    assert!(matches!(result(source), Err(CallError::Threw(_))));
    let source = "x => [JSON.stringify(thorp.map('m')), typeof thorp.map('m').then]";
    assert_eq!(result(source).unwrap(), json!(["{}", "undefined"]).to_string());
}
