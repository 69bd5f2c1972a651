//! The same commands make the same bytes.

use structures::{
    Answer, Command, Direction, Stamp, Ttl, TtlCondition, apply, counter, flake, list as lists,
    lock, map, names, queue, set, sorted, topic,
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
                answers.push((applied.answer, applied.changes));
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

#[test]
fn commands_of_one_entry_see_each_other_as_if_each_was_written() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        let base = bench.view.clone();
        let mut entry = structures::Changes::default();
        for _ in 0..300 {
            bench.wait(random.below(10));
            let request = structures::Request { id: None, command: any(&mut random) };
            let stamp = Stamp { now_ms: bench.now_ms };
            let overlay = structures::Overlay::new(&base, &entry);
            let applied = apply(&overlay, stamp, &request).unwrap();
            let written = bench.request(None, request.command);
            assert_eq!(applied, written, "seed {seed}");
            entry.absorb(applied.changes);
        }
        let mut written = base.clone();
        written.write(entry);
        assert_eq!(written, bench.view, "seed {seed}");
    }
}
