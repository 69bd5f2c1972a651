//! The bytes of version 1: what is in a log or on a disk stays readable.
//!
//! `THORP_GOLDEN=write` writes the files anew; a change of a line that was there is a new version.

use std::fmt::Write as _;
use std::path::PathBuf;

use structures::{
    Answer, Command, Condition, Direction, OnRefusal, Operation, Refusal, Request, RequestId,
    Transaction, Ttl, TtlCondition, counter, encoding, flake, list as lists, lock, map, names,
    patches, queue, session, set, settings, sorted, topic,
};

use crate::kit::{Bench, text, texts};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn compare(file: &str, found: &str) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/it/golden").join(file);
    if std::env::var_os("THORP_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    for (kept, found) in kept.lines().zip(found.lines()) {
        assert_eq!(kept, found, "{file}");
    }
    assert_eq!(kept.lines().count(), found.lines().count(), "{file}");
}

#[expect(clippy::too_many_lines, reason = "a list of examples")]
fn commands() -> Vec<Command> {
    let (n, k, v) = (text("n"), text("k"), text("v"));
    let put = map::PutOptions {
        condition: map::PutCondition::Revision(9),
        ttl: Ttl::At { ms: -1 },
        wants_old: true,
        over_any_kind: true,
    };
    let operations = vec![
        Operation::Write(counter::Command::Add { name: n.clone(), by: -1 }.into()),
        Operation::Read(map::Query::Get { map: n.clone(), key: k.clone() }.into()),
    ];
    let conditions = vec![Condition::Revision { name: n.clone(), revision: Some(300) }];
    let id = topic::Id::new(5, 6);
    let name = || n.clone();
    vec![
        names::Command::Delete { names: texts(&["a", "b"]) }.into(),
        names::Command::Rename { from: name(), to: k.clone(), only_if_free: true }.into(),
        names::Command::Copy { from: name(), to: k.clone(), replace: true }.into(),
        names::Command::Expire {
            name: name(),
            ttl: Ttl::After { ms: 5 },
            condition: TtlCondition::Sooner,
        }
        .into(),
        names::Command::Persist { name: name() }.into(),
        names::Command::Flush.into(),
        names::Command::Publish { channel: name(), message: v.clone() }.into(),
        map::Command::Put { map: name(), key: k.clone(), value: v.clone(), options: put }.into(),
        map::Command::PutMany {
            map: name(),
            entries: vec![(k.clone(), v.clone())],
            only_new: true,
            over_any_kind: false,
        }
        .into(),
        map::Command::Delete { map: name(), keys: texts(&["k"]) }.into(),
        map::Command::DeleteRevision { map: name(), key: k.clone(), revision: 3 }.into(),
        map::Command::Take { map: name(), key: k.clone() }.into(),
        map::Command::GetAndExpire { map: name(), key: k.clone(), ttl: Ttl::Never }.into(),
        map::Command::Merge {
            map: name(),
            key: k.clone(),
            merge: map::Merge::SetRange { offset: 2, bytes: v.clone() },
        }
        .into(),
        map::Command::Merge {
            map: name(),
            key: k.clone(),
            merge: map::Merge::JsonPatch(v.clone()),
        }
        .into(),
        lists::Command::Push {
            name: name(),
            end: lists::End::Back,
            values: texts(&["v"]),
            only_existing: true,
        }
        .into(),
        lists::Command::PopFirst { names: texts(&["n"]), end: lists::End::Front, count: 2 }.into(),
        lists::Command::Trim { name: name(), from: 1, to: -2 }.into(),
        set::Command::Add { name: name(), members: texts(&["a"]) }.into(),
        set::Command::Store {
            to: name(),
            combination: set::Combination::Difference,
            names: texts(&["a"]),
        }
        .into(),
        sorted::Command::Add {
            name: name(),
            members: vec![(1.5, k.clone())],
            options: sorted::AddOptions::default(),
        }
        .into(),
        sorted::Command::RemoveRange {
            name: name(),
            range: sorted::Range::Lex {
                from: sorted::LexBound::First,
                to: sorted::LexBound::Excluded(k.clone()),
            },
        }
        .into(),
        sorted::Command::Pop { name: name(), direction: Direction::Down, count: 1 }.into(),
        queue::Command::Configure { name: name(), settings: queue::Settings::default() }.into(),
        queue::Command::Push { name: name(), items: vec![queue::NewItem::default()] }.into(),
        queue::Command::Revive { name: name(), chosen: queue::Chosen::First { count: 7 } }.into(),
        topic::Command::Append {
            name: name(),
            id: topic::NewId::Given(id),
            fields: vec![(k.clone(), v.clone())],
            options: topic::AppendOptions::default(),
        }
        .into(),
        topic::Command::ReadGroup {
            group: n.clone(),
            consumer: k.clone(),
            topics: vec![(n.clone(), topic::From::PendingAfter(id))],
            options: topic::ReadOptions::default(),
        }
        .into(),
        topic::Command::ClaimNext {
            name: name(),
            group: n.clone(),
            consumer: k.clone(),
            start: id,
            options: topic::ClaimNextOptions { idle_ms_min: 1, count: 2, only_ids: true },
        }
        .into(),
        lock::Command::Acquire { name: name(), owner: k, lease_ms: 300, wait_ms: 0 }.into(),
        lock::Command::Leave { name: name(), owner: v.clone() }.into(),
        counter::Command::CompareAndSet { name: name(), expected: 1, value: 2 }.into(),
        flake::Command::New { name: name(), node: 65_535, count: 1 }.into(),
        Transaction { conditions, operations, on_refusal: OnRefusal::Continue }.into(),
        session::Command::Open { client: u64::MAX, ttl_ms: 60_000 }.into(),
        Command::Expire,
        names::Command::PublishApart { channel: name(), message: text("v") }.into(),
        names::Command::Expire {
            name: name(),
            ttl: Ttl::Never,
            condition: TtlCondition::SoonerIfPresent,
        }
        .into(),
        patches::Command::Append { name: name(), source: v, last: 300 }.into(),
        patches::Command::RollBack { to: 299 }.into(),
        settings::Command::Set {
            key: settings::Key::QueuesRetryDelay,
            value: Some(300),
            if_number: Some(299),
        }
        .into(),
        settings::Command::RollBack { to: 299, if_number: None }.into(),
    ]
}

#[test]
fn requests_keep_their_bytes() {
    let mut lines = String::new();
    for command in commands() {
        let request = Request { id: None, command };
        let bytes = request.encode().unwrap();
        assert_eq!(Request::decode(&bytes).unwrap(), request);
        writeln!(lines, "{} {:?}", hex(&bytes), request.command).unwrap();
    }
    let id = RequestId { client: 1, number: 2, answered_below: 1 };
    let request = Request { id: Some(id), command: Command::Expire };
    writeln!(lines, "{} {request:?}", hex(&request.encode().unwrap())).unwrap();
    compare("requests.txt", &lines);
}

#[test]
fn outcomes_keep_their_bytes() {
    let outcomes: Vec<Result<Answer, Refusal>> = vec![
        Ok(Answer::Done),
        Ok(Answer::Integer(-1)),
        Ok(Answer::Float(0.5)),
        Ok(Answer::Put(map::Put { revision: Some(4), old: Some(text("v")) })),
        Ok(Answer::Scored(vec![(text("m"), 1.0)])),
        Ok(Answer::Id(topic::Id::new(1, 2))),
        Ok(Answer::Transaction(vec![Err(Refusal::Overflow)])),
        Err(Refusal::NotFound { name: text("n") }),
        Err(Refusal::HistoryForgotten { after: 1, oldest: 2 }),
        Err(Refusal::AddedTooFew { added: 1, len: 2 }),
        Ok(Answer::Patches(patches::Log {
            revision: 9,
            patches: vec![patches::Patch { name: text("n"), source: text("s"), added_ms: 300 }],
        })),
        Ok(Answer::Settings(settings::Current { number: 9, oldest: 1, ..Default::default() })),
        Ok(Answer::SettingsHistory(vec![settings::Change {
            number: 9,
            made_ms: 300,
            what: settings::What::RolledBack { to: 8 },
            values: settings::Values::default(),
        }])),
        Err(Refusal::SettingOutOfBounds(settings::OutOfBounds {
            key: settings::Key::QueuesLease,
            value: 300,
        })),
        Err(Refusal::SettingsChanged { expected: 299, number: 300 }),
        Err(Refusal::SettingsUnknown { to: 300, oldest: 1, number: 299 }),
    ];
    let mut lines = String::new();
    for outcome in outcomes {
        let bytes = encoding::encode(&outcome);
        assert_eq!(encoding::decode::<Result<Answer, Refusal>>(&bytes).unwrap(), outcome);
        writeln!(lines, "{} {outcome:?}", hex(&bytes)).unwrap();
    }
    compare("outcomes.txt", &lines);
}

#[test]
fn rows_keep_their_bytes() {
    let mut bench = Bench::new();
    let ending = map::PutOptions { ttl: Ttl::After { ms: 1000 }, ..Default::default() };
    bench.write(crate::maps::put("default", "value", "v"));
    bench.write(crate::maps::put_with("map", "key", "v", ending));
    bench.write(crate::lists::push("list", lists::End::Back, &["a", "b"]));
    let many: Vec<String> = (0..70).map(|number| format!("m{number:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    bench.write(crate::sets::add("set", &many));
    bench.write(crate::sorted::add("sorted", &[(1.0, "a"), (-2.5, "b")]));
    bench.write(crate::queues::push("queue", &["a", "b"]));
    bench.write(queue::Command::Take { name: text("queue"), count: 1, lease_ms: None });
    bench.write(crate::topics::append("topic", topic::NewId::Now));
    let start = topic::GroupStart { after: Some(topic::Id::MIN), entries_read: None };
    let (name, group) = (text("topic"), text("group"));
    bench.write(topic::Command::CreateGroup { name, group, start, makes_topic: false });
    bench.write(topic::Command::ReadGroup {
        group: text("group"),
        consumer: text("consumer"),
        topics: vec![(text("topic"), topic::From::New)],
        options: topic::ReadOptions::default(),
    });
    for owner in ["a", "b"] {
        let (name, owner) = (text("lock"), text(owner));
        bench.write(lock::Command::Acquire { name, owner, lease_ms: 10, wait_ms: 10 });
    }
    bench.write(counter::Command::Add { name: text("counter"), by: 300 });
    bench.write(flake::Command::New { name: text("ids"), node: 1, count: 1 });
    bench.write(session::Command::Open { client: 7, ttl_ms: 1000 });
    let id = RequestId { client: 7, number: 1, answered_below: 0 };
    bench.request(Some(id), Command::Expire);
    let mut lines = String::new();
    for (key, value) in bench.view.rows() {
        writeln!(lines, "{} {}", key.escape_ascii(), hex(value)).unwrap();
    }
    compare("rows.txt", &lines);
}

#[test]
fn rows_of_patches_keep_their_bytes() {
    let mut bench = Bench::new();
    for last in 0..2 {
        let (name, source) = (text("a.js"), text("const a = 1;"));
        bench.write(patches::Command::Append { name, source, last });
    }
    let mut lines = String::new();
    for (key, value) in bench.view.rows() {
        writeln!(lines, "{} {}", key.escape_ascii(), hex(value)).unwrap();
    }
    compare("patches.txt", &lines);
}

#[test]
fn rows_of_settings_keep_their_bytes() {
    let mut bench = Bench::new();
    for key in settings::Key::ALL {
        let value = Some(key.about().max);
        bench.write(settings::Command::Set { key, value, if_number: None });
    }
    bench.write(settings::Command::RollBack { to: 5, if_number: None });
    let mut lines = String::new();
    for (key, value) in bench.view.rows() {
        writeln!(lines, "{} {}", key.escape_ascii(), hex(value)).unwrap();
    }
    compare("settings.txt", &lines);
}
