//! Expressions on all members, and functions that are loaded on all.

use bytes::Bytes;
use control::tasks::{FMap, FMapError, LoadError, PatchesError};
use futures::StreamExt;
use model::Map;
use model::fault::Fault;
use runtime::javascript::{Anonymous, Function, Name};
use state::Engine;
use structures::{Command, Request, names};
use tokio::sync::mpsc;

use crate::kit::{Cluster, SOON, until};

fn values(evaluations: &[control::tasks::Evaluation]) -> Vec<(&str, Option<&str>)> {
    let shown = evaluations.iter();
    shown.map(|one| (one.member.as_str(), one.value.as_deref().ok())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_has_an_answer_of_each_member_and_of_a_dead_one_an_error() {
    let mut cluster = Cluster::of(3).await;
    let all = cluster.tasks(2).eval("`${thorp.node.name} ${1 + 1}`").await.unwrap();
    let wanted = ["node-1", "node-2", "node-3"].map(|name| (name.to_owned(), format!("{name} 2")));
    let wanted: Vec<_> = wanted.iter().map(|(a, b)| (a.as_str(), Some(b.as_str()))).collect();
    assert_eq!(values(&all), wanted);
    cluster.kill(3).await;
    let all = cluster.tasks(2).eval("[1, 2]").await.unwrap();
    let found = values(&all);
    assert_eq!(found, [("node-1", Some("[1,2]")), ("node-2", Some("[1,2]")), ("node-3", None)]);
    assert_eq!(all[2].value.as_ref().unwrap_err().code, "PEER_UNREACHABLE");
    let all = cluster.tasks(1).eval("console.log('seen'); nothing.at.all").await.unwrap();
    let error = all[0].value.as_ref().unwrap_err();
    assert_eq!(error.code, "FUNCTION_THREW");
    assert!(error.text.contains("nothing"), "{error}");
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_function_is_known_everywhere_and_a_late_joiner_has_it() {
    let mut cluster = Cluster::of(2).await;
    let loaded = cluster.tasks(2).load("add.js", "function add(x) { return x + 1; }").await;
    let loaded = loaded.unwrap();
    assert_eq!((loaded.number, loaded.behind.len()), (1, 0));
    cluster.tasks(1).load("twice.js", "const twice = x => 2 * add(x);").await.unwrap();
    cluster.grow(3).await;
    let flush = Request { id: None, command: Command::Names(names::Command::Flush) };
    cluster.engine(1).propose(&flush, SOON).await.unwrap();
    let all = cluster.tasks(1).eval("twice(4)").await.unwrap();
    let found = values(&all);
    assert_eq!(found, [("node-1", Some("10")), ("node-2", Some("10")), ("node-3", Some("10"))]);
    let patches = cluster.tasks(3).patches().await.unwrap();
    let names: Vec<_> = patches.iter().map(|patch| (patch.number, patch.name.as_str())).collect();
    assert_eq!(names, [(1, "add.js"), (2, "twice.js")]);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_load_is_not_added() {
    let cluster = Cluster::of(1).await;
    let error = cluster.tasks(1).load("wrong.js", "let x = ;").await.unwrap_err();
    assert!(matches!(error, LoadError::Check { .. }));
    assert_eq!(error.code(), "PATCH_FAILED");
    assert_eq!(cluster.tasks(1).patches().await.unwrap(), []);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_back_brings_the_older_function_back_on_all_members() {
    let cluster = Cluster::of(2).await;
    let tasks = cluster.tasks(1);
    for answer in ["'old'", "'new'"] {
        tasks.load("f.js", &format!("function f() {{ return {answer}; }}")).await.unwrap();
    }
    let all = cluster.tasks(2).eval("f()").await.unwrap();
    assert_eq!(values(&all), [("node-1", Some("new")), ("node-2", Some("new"))]);
    let error = tasks.roll_back(3).await.unwrap_err();
    assert!(matches!(error, PatchesError::Unknown { number: 3, last: 2 }));
    assert_eq!(tasks.roll_back(1).await.unwrap().number, 1);
    let all = cluster.tasks(2).eval("f()").await.unwrap();
    assert_eq!(values(&all), [("node-1", Some("old")), ("node-2", Some("old"))]);
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_loaded_at_the_same_time_all_get_a_number() {
    let cluster = Cluster::of(2).await;
    let loads = (0..8).map(|number| {
        let tasks = cluster.tasks(1 + number % 2);
        async move { tasks.load("f.js", &format!("const f{number} = () => {number};")).await }
    });
    let loaded = futures::future::join_all(loads).await;
    let mut numbers: Vec<_> = loaded.into_iter().map(|loaded| loaded.unwrap().number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    let all = cluster.tasks(2).eval("f0() + f1() + f2() + f3() + f4() + f5() + f6() + f7()").await;
    assert_eq!(values(&all.unwrap())[0], ("node-1", Some("28")));
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_runs_nothing_and_everything_can_be_asked_of_it() {
    let mut cluster = Cluster::of(1).await;
    cluster.add_witness(2).await;
    let witness = cluster.tasks(2);
    witness.load("f.js", "const f = x => [thorp.node.name, x];").await.unwrap();
    let all = witness.eval("thorp.node.name").await.unwrap();
    assert_eq!(values(&all), [("node-1", Some("node-1"))]);
    let function = Function::Named(Name::new("f").unwrap());
    let lines = futures::stream::iter([Ok(Bytes::from_static(b"1\n2\n"))]);
    let mut parts = witness.fmap(FMap::new(function), lines);
    let part = parts.next().await.unwrap().unwrap();
    assert_eq!(part.lines, "[\"node-1\",1]\n[\"node-1\",2]\n");
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_function_is_named() {
    let cluster = Cluster::of(2).await;
    let function = Function::Named(Name::new("none").unwrap());
    let lines = futures::stream::iter([Ok(Bytes::from_static(b"1\n2\n"))]);
    let parts: Vec<_> = cluster.tasks(1).fmap(FMap::new(function), lines).collect().await;
    let [Err(error @ FMapError::Function(_))] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!(error.code(), "FUNCTION_UNKNOWN");
    assert!(error.to_string().contains("`none`"), "{error}");
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_called_once_on_every_member_also_on_drained_ones() {
    let mut cluster = Cluster::of(3).await;
    let load = cluster.tasks(1).load("f.js", "const f = x => [thorp.node.name, x.n]").await;
    load.unwrap();
    let function = || Function::Named(Name::new("f").unwrap()).into();
    cluster.drain(2, true);
    let all = cluster.tasks(1).all(function(), r#"{"n":1}"#, SOON).await.unwrap();
    let wanted = ["node-1", "node-2", "node-3"].map(|name| (name, format!("[\"{name}\",1]")));
    let wanted: Vec<_> = wanted.iter().map(|(name, text)| (*name, Some(text.as_str()))).collect();
    assert_eq!(values(&all), wanted);
    let all = cluster.tasks(2).all(function(), "null", SOON).await.unwrap();
    assert!(all.iter().all(|one| one.value.as_ref().unwrap_err().code == "FUNCTION_THREW"));
    cluster.kill(3).await;
    let all = cluster.tasks(2).all(function(), r#"{"n":2}"#, SOON).await.unwrap();
    assert_eq!(all[2].value.as_ref().unwrap_err().code, "PEER_UNREACHABLE");
    assert!(all[..2].iter().all(|one| one.value.is_ok()));
    cluster.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_listed_by_all_until_it_is_over() {
    let mut cluster = Cluster::of(2).await;
    let source = "x => thorp.counter('sum').add(x)";
    let source = || Function::Anonymous(Anonymous::new(source, &Map::new()).unwrap());
    let (items, mut receiver) = mpsc::channel(1);
    let input = futures::stream::poll_fn(move |cx| receiver.poll_recv(cx));
    cluster.tasks(1).detach(FMap::new(source()), input).unwrap();
    items.send(Ok(Bytes::from_static(b"1\n2\n"))).await.unwrap();
    let tasks = cluster.tasks(2);
    until(async || tasks.list_all().await.tasks.first().is_some_and(|(_, task)| task.items == 2))
        .await;
    let listed = tasks.list_all().await;
    let [(member, task)] = &listed.tasks[..] else { panic!("{listed:?}") };
    assert_eq!((member.as_str(), listed.silent.len()), ("node-1", 0));
    assert_eq!((task.id, task.name.len()), (1, 64));
    items.send(Ok(Bytes::from_static(b"3\n"))).await.unwrap();
    drop(items);
    until(async || tasks.list_all().await.tasks.is_empty()).await;
    let all = tasks.eval("thorp.counter('sum').get()").await.unwrap();
    assert_eq!(values(&all)[0], ("node-1", Some("6")));
    cluster.kill(1).await;
    assert_eq!(tasks.list_all().await.silent, ["node-1"]);
    cluster.end().await;
}
