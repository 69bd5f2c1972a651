//! The same commands make the same bytes.

use bytes::Bytes;
use structures::{
    Answer, Command, Direction, Memory, Stamp, Ttl, TtlCondition, apply, counter, flake,
    list as lists, lock, map, names, queue, set, sorted, topic,
};

use crate::kit::{Bench, Random, text};

/// A command of any structure, on few names, so that kinds collide.
fn any(random: &mut Random) -> Command {
    let name = random.word(25);
    let (key, value) = (random.word(20), random.word(1000));
    let chance = random.next();
    let ms = i64::try_from(random.below(500)).unwrap();
    match random.below(16) {
        0 => {
            let map = if random.below(2) == 0 { text("default") } else { name };
            let options = map::PutOptions { ttl: Ttl::After { ms }, ..Default::default() };
            map::Command::Put { map, key, value, options }.into()
        }
        1 => map::Command::Merge { map: name, key, merge: map::Merge::AddInteger(ms) }.into(),
        2 | 3 => {
            let end = if ms % 2 == 0 { lists::End::Front } else { lists::End::Back };
            let values = (0..random.below(40)).map(|_| random.word(50)).collect();
            lists::Command::Push { name, end, values, only_existing: false }.into()
        }
        4 => lists::Command::Pop { name, end: lists::End::Front, count: random.below(9) }.into(),
        5 => {
            let members = (0..random.below(40)).map(|_| random.word(50)).collect();
            set::Command::Add { name, members }.into()
        }
        6 => set::Command::Pop { name, count: random.below(9), chance }.into(),
        7 => {
            let members = vec![(0.25, value), (-1.5, key)];
            sorted::Command::Add { name, members, options: Default::default() }.into()
        }
        8 => sorted::Command::Pop { name, direction: Direction::Down, count: 1 }.into(),
        9 => {
            let items = vec![queue::NewItem { payload: value, priority: 1, delay_ms: 5 }];
            queue::Command::Push { name, items }.into()
        }
        10 => queue::Command::Take { name, count: 2, lease_ms: Some(50) }.into(),
        11 => {
            let (id, fields) = (topic::NewId::Now, vec![(key, value)]);
            let options = topic::AppendOptions::default();
            topic::Command::Append { name, id, fields, options }.into()
        }
        12 => lock::Command::Acquire { name, owner: key, lease_ms: 100, wait_ms: 50 }.into(),
        13 => counter::Command::Add { name, by: ms }.into(),
        14 => flake::Command::New { name, node: 3, count: 2 }.into(),
        _ => match random.below(5) {
            0 => names::Command::Delete { names: vec![name] }.into(),
            1 => names::Command::Rename { from: name, to: value, only_if_free: false }.into(),
            2 => names::Command::Copy { from: name, to: key, replace: true }.into(),
            3 => {
                let (ttl, condition) = (Ttl::After { ms }, TtlCondition::Always);
                names::Command::Expire { name, ttl, condition }.into()
            }
            _ => Command::Expire,
        },
    }
}

#[test]
fn the_same_commands_make_the_same_bytes() {
    for seed in 0..40 {
        let play = || {
            let mut random = Random::new(seed);
            let mut bench = Bench::new();
            let mut answers = Vec::new();
            for _ in 0..600 {
                bench.wait(random.below(10));
                let command = any(&mut random);
                let applied = bench.request(None, command);
                answers.push((applied.answers, applied.changes));
            }
            (bench, answers)
        };
        let ((mut first, answers), (second, same)) = (play(), play());
        assert_eq!(first.view, second.view, "seed {seed}");
        assert_eq!(answers, same, "seed {seed}");
        assert_eq!(first.notices, second.notices, "seed {seed}");
        let Answer::Names(names) = first.read(names::Query::All { matching: None }) else {
            panic!()
        };
        assert!(names.len() > 5, "seed {seed}: the test does little");
        first.assert_leaves_nothing();
    }
}

/// The rows but for those of kept changes, which hold more when they are made together.
fn rows(view: &Memory) -> Vec<(Bytes, Bytes)> {
    let is_other = |(key, _): &(&Bytes, &Bytes)| !b"hm".contains(&key[0]);
    view.rows().filter(is_other).map(|(key, row)| (key.clone(), row.clone())).collect()
}

fn changes(bench: &Bench) -> Vec<Answer> {
    let of = |map: &str| {
        let (keys, after) = (map::Keys::default(), map::After::Revision(0));
        bench.read(map::Query::Changes { map: text(map), keys, after, count: 1_000 })
    };
    ["default", "w0", "w1", "w2", "w3"].map(of).into()
}

#[test]
fn commands_that_are_applied_together_do_what_they_do_one_by_one() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let (mut alone, mut together) = (Bench::new(), Bench::new());
        for _ in 0..30 {
            let wait_ms = random.below(1_000);
            alone.wait(wait_ms);
            together.wait(wait_ms);
            let count = 1 + random.below(20);
            let request = |_| structures::Request { id: None, command: any(&mut random) };
            let requests: Vec<_> = (0..count).map(request).collect();
            let stamp = Stamp { now_ms: together.now_ms };
            let applied = apply(&together.view, stamp, &requests).unwrap();
            together.view.write(applied.changes);
            let mut answers = Vec::new();
            let mut notices = Vec::new();
            for request in requests {
                let one = alone.request(None, request.command);
                answers.extend(one.answers);
                notices.extend(one.notices);
                assert!(one.revision <= applied.revision, "seed {seed}");
            }
            assert_eq!(applied.answers, answers, "seed {seed}");
            assert_eq!(applied.notices, notices, "seed {seed}");
            assert_eq!(structures::revision(&alone.view).unwrap(), applied.revision);
            let deadline_ms = structures::next_deadline(&alone.view).unwrap();
            assert_eq!(deadline_ms, applied.deadline_ms, "seed {seed}");
            assert_eq!(rows(&alone.view), rows(&together.view), "seed {seed}");
            assert_eq!(changes(&alone), changes(&together), "seed {seed}");
        }
    }
}
