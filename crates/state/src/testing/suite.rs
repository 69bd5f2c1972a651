//! The conformance suite of the port [`Engine`]: what any engine does, whatever it stands on.
//!
//! Each case gets an engine of its own with an empty state, and panics when something is wrong.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use structures::{Answer, Event, Query, Refusal, Request, RequestId, Ttl, counter, map, session};

use crate::calls::Pending;
use crate::engine::{Engine, ProposeError};

const SOON: Duration = Duration::from_secs(20);

/// One case: its name, and what it does with an engine.
pub type Case = (&'static str, fn(Arc<dyn Engine>) -> Pending<'static, ()>);

/// All cases.
pub const CASES: &[Case] = &[
    ("a write is read back", |engine| Box::pin(write_is_read_back(engine))),
    ("concurrent writes all count", |engine| Box::pin(concurrent_writes_all_count(engine))),
    ("a barrier shows what was acknowledged", |engine| Box::pin(barrier_shows(engine))),
    ("a refusal is an answer", |engine| Box::pin(refusal_is_an_answer(engine))),
    ("a request with an id is done once", |engine| Box::pin(done_once(engine))),
    ("a request that is too large is refused", |engine| Box::pin(too_large(engine))),
    ("what is due ends by itself", |engine| Box::pin(due_ends(engine))),
    ("changes are told in order", |engine| Box::pin(told_in_order(engine))),
    ("a snapshot never replaces a file", |engine| Box::pin(snapshot_is_new(engine))),
    ("the members name a leader", |engine| Box::pin(members_name_a_leader(engine))),
];

fn add(name: &'static str) -> Request {
    let name = Bytes::from_static(name.as_bytes());
    Request { id: None, command: counter::Command::Add { name, by: 1 }.into() }
}

fn get(name: &'static str) -> Query {
    counter::Query::Get { name: Bytes::from_static(name.as_bytes()) }.into()
}

async fn do_now(engine: &dyn Engine, request: Request) -> Result<Answer, Refusal> {
    engine.propose(&request, SOON).await.expect("there is a quorum").outcome
}

async fn read(engine: &dyn Engine, query: Query) -> Answer {
    let answer = engine.read(&query, SOON).await.expect("there is a quorum");
    answer.expect("the question is right")
}

async fn write_is_read_back(engine: Arc<dyn Engine>) {
    assert_eq!(do_now(&*engine, add("a")).await, Ok(Answer::Integer(1)));
    assert_eq!(do_now(&*engine, add("a")).await, Ok(Answer::Integer(2)));
    assert_eq!(read(&*engine, get("a")).await, Answer::Integer(2));
    assert_eq!(read(&*engine, get("b")).await, Answer::Nothing);
}

async fn concurrent_writes_all_count(engine: Arc<dyn Engine>) {
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let engine = Arc::clone(&engine);
        callers.spawn(async move {
            let mut last = 0;
            for _ in 0..10 {
                let proposed = engine.propose(&add("a"), SOON).await.expect("there is a quorum");
                assert!(proposed.revision > last, "revisions grow");
                last = proposed.revision;
            }
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.expect("no caller fails");
    }
    assert_eq!(read(&*engine, get("a")).await, Answer::Integer(320));
}

async fn barrier_shows(engine: Arc<dyn Engine>) {
    for count in 1..=20 {
        do_now(&*engine, add("a")).await.expect("it is right");
        engine.barrier(SOON).await.expect("there is a quorum");
        let stale = engine.stale(&get("a")).expect("rows can be read");
        assert_eq!(stale, Ok(Answer::Integer(count)));
    }
}

async fn refusal_is_an_answer(engine: Arc<dyn Engine>) {
    do_now(&*engine, add("a")).await.expect("it is right");
    let name = Bytes::from_static(b"a");
    let set = counter::Command::Set { name: name.clone(), value: i64::MAX };
    do_now(&*engine, Request { id: None, command: set.into() }).await.expect("it is right");
    assert_eq!(do_now(&*engine, add("a")).await, Err(Refusal::Overflow));
    assert_eq!(read(&*engine, get("a")).await, Answer::Integer(i64::MAX));
}

async fn done_once(engine: Arc<dyn Engine>) {
    let open = session::Command::Open { client: 7, ttl_ms: 60_000 };
    do_now(&*engine, Request { id: None, command: open.into() }).await.expect("it is right");
    let id = RequestId { client: 7, number: 1, answered_below: 0 };
    let request = Request { id: Some(id), ..add("a") };
    for _ in 0..3 {
        assert_eq!(do_now(&*engine, request.clone()).await, Ok(Answer::Integer(1)));
    }
    assert_eq!(read(&*engine, get("a")).await, Answer::Integer(1));
}

async fn too_large(engine: Arc<dyn Engine>) {
    let entries =
        (0..12_u8).map(|key| (Bytes::from(vec![key]), Bytes::from(vec![0; 1024 * 1024]))).collect();
    let map = Bytes::from_static(b"m");
    let put = map::Command::PutMany { map, entries, only_new: false, over_any_kind: false };
    let request = Request { id: None, command: put.into() };
    let refused = engine.propose(&request, SOON).await;
    assert!(matches!(refused, Err(ProposeError::Refused(_))), "{refused:?}");
}

async fn due_ends(engine: Arc<dyn Engine>) {
    let (map, key) = (Bytes::from_static(b"m"), Bytes::from_static(b"k"));
    let options = map::PutOptions { ttl: Ttl::After { ms: 50 }, ..map::PutOptions::default() };
    let put = map::Command::Put {
        map: map.clone(),
        key: key.clone(),
        value: Bytes::from_static(b"v"),
        options,
    };
    let mut notices = engine.notices();
    do_now(&*engine, Request { id: None, command: put.into() }).await.expect("it is right");
    let gone = async {
        loop {
            let told = notices.recv().await.expect("the engine runs");
            if told.iter().any(|notice| matches!(notice.event, Event::Removed { .. })) {
                return;
            }
        }
    };
    tokio::time::timeout(SOON, gone).await.expect("the entry ends");
    assert_eq!(read(&*engine, map::Query::Get { map, key }.into()).await, Answer::Nothing);
}

async fn told_in_order(engine: Arc<dyn Engine>) {
    let mut notices = engine.notices();
    for _ in 0..10 {
        do_now(&*engine, add("a")).await.expect("it is right");
    }
    let mut last = 0;
    let mut seen = 0;
    while seen < 10 {
        let told = notices.recv().await.expect("the engine runs");
        for notice in told.iter() {
            assert!(notice.revision >= last, "revisions grow");
            last = notice.revision;
            seen += 1;
        }
    }
}

async fn snapshot_is_new(engine: Arc<dyn Engine>) {
    do_now(&*engine, add("a")).await.expect("it is right");
    let name = format!("thorp-suite-{}-{:p}", std::process::id(), Arc::as_ptr(&engine));
    let path = std::env::temp_dir().join(name);
    engine.snapshot(&path).await.expect("the state can be copied");
    engine.snapshot(&path).await.expect_err("the file exists");
    std::fs::remove_file(&path).expect("the copy is there");
}

async fn members_name_a_leader(engine: Arc<dyn Engine>) {
    do_now(&*engine, add("a")).await.expect("it is right");
    let members = engine.members();
    let leader = members.leader().expect("somebody leads");
    assert!(members.all.contains_key(&leader));
    assert_eq!(engine.status().leader, Some(leader));
}
