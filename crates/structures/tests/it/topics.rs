//! Topics.

use std::collections::BTreeMap;

use bytes::Bytes;
use structures::topic::{
    Answer as TopicAnswer, AppendOptions, ClaimNextOptions, ClaimOptions, Command, Entry, From,
    GroupStart, Id, Keeps, NewId, Pending, PendingRange, Query, ReadOptions, Retention, Trim,
};
use structures::{Answer, Direction, Event, Kind, Refusal, names};

use crate::kit::{Bench, Random, text};

pub(crate) fn append(name: &str, id: NewId) -> Command {
    let fields = vec![(text("field"), text("value"))];
    Command::Append { name: text(name), id, fields, options: AppendOptions::default() }
}

fn fill(bench: &mut Bench, count: u64) {
    for number in 1..=count {
        bench.write(append("t", NewId::Given(Id::new(number, 0))));
    }
}

fn ids(log: &[Entry]) -> Vec<u64> {
    log.iter().map(|entry| entry.id.ms).collect()
}

fn range(bench: &Bench, from: Id, to: Id, direction: Direction) -> Vec<u64> {
    let query = Query::Range { name: text("t"), from, to, direction, count: None };
    let Answer::Log(log) = bench.read(query) else { panic!() };
    ids(&log)
}

fn everything(bench: &Bench) -> Vec<u64> {
    range(bench, Id::MIN, Id::MAX, Direction::Up)
}

fn group(bench: &mut Bench, after: Option<Id>) {
    let start = GroupStart { after, entries_read: None };
    let (name, group) = (text("t"), text("g"));
    bench.write(Command::CreateGroup { name, group, start, makes_topic: true });
}

fn read_group(bench: &mut Bench, consumer: &str, from: From, count: u64) -> Vec<Entry> {
    let answer = bench.write(Command::ReadGroup {
        group: text("g"),
        consumer: text(consumer),
        topics: vec![(text("t"), from)],
        options: ReadOptions { count: Some(count), acknowledges: false },
    });
    let Answer::Logs(mut logs) = answer else { panic!("{answer:?}") };
    logs.pop().map_or(vec![], |(_, log)| log)
}

fn pending(bench: &Bench, consumer: Option<&str>) -> Vec<Pending> {
    let range = PendingRange {
        from: Id::MIN,
        to: Id::MAX,
        count: 100,
        consumer: consumer.map(text),
        delivered_until_ms: None,
    };
    let query = Query::Pending { name: text("t"), group: text("g"), range };
    let Answer::Topic(TopicAnswer::Pending(pending)) = bench.read(query) else { panic!() };
    pending
}

fn claim(consumer: &str, numbers: &[u64], options: ClaimOptions) -> Command {
    let ids = numbers.iter().map(|number| Id::new(*number, 0)).collect();
    Command::Claim { name: text("t"), group: text("g"), consumer: text(consumer), ids, options }
}

fn progress(bench: &Bench) -> (Option<u64>, Option<u64>) {
    let query = Query::Groups { name: text("t") };
    let Answer::Topic(TopicAnswer::Groups(groups)) = bench.read(query) else { panic!() };
    (groups[0].entries_read, groups[0].lag)
}

#[test]
fn ids_grow() {
    let mut bench = Bench::new();
    let now = Id::new(bench.now_ms, 0);
    assert_eq!(bench.write(append("t", NewId::Now)), Answer::Id(now));
    assert_eq!(bench.write(append("t", NewId::Now)), Answer::Id(Id::new(now.ms, 1)));
    let last = Id::new(now.ms + 5, 7);
    assert_eq!(bench.write(append("t", NewId::Given(last))), Answer::Id(last));
    assert_eq!(bench.write(append("t", NewId::Now)), Answer::Id(Id::new(last.ms, 8)));
    let at = NewId::At { ms: last.ms };
    assert_eq!(bench.write(append("t", at)), Answer::Id(Id::new(last.ms, 9)));
    let last = Id::new(last.ms, 9);
    for wrong in [NewId::Given(last), NewId::Given(Id::MIN), NewId::At { ms: last.ms - 1 }] {
        let refused = bench.try_write(append("t", wrong));
        assert_eq!(refused, Err(Refusal::IdNotGreater { last }), "{wrong:?}");
    }
    bench.write(append("t", NewId::Given(Id::MAX)));
    assert_eq!(bench.try_write(append("t", NewId::Now)), Err(Refusal::IdsExhausted));
    assert_eq!(bench.read(Query::Last { name: text("t") }), Answer::Id(Id::MAX));
    let refused = bench.try_write(append("new", NewId::Given(Id::MIN)));
    assert_eq!(refused, Err(Refusal::IdNotGreater { last: Id::MIN }));
    let options = AppendOptions { only_existing: true, trim: None };
    let fields = vec![];
    let none = Command::Append { name: text("new"), id: NewId::Now, fields, options };
    assert_eq!(bench.write(none), Answer::Nothing);
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(1));
}

#[test]
fn entries_are_read_from_any_place() {
    let mut bench = Bench::new();
    fill(&mut bench, 5);
    assert_eq!(range(&bench, Id::new(2, 0), Id::new(4, 0), Direction::Up), [2, 3, 4]);
    assert_eq!(range(&bench, Id::new(2, 1), Id::MAX, Direction::Down), [5, 4, 3]);
    assert_eq!(range(&bench, Id::new(4, 0), Id::new(2, 0), Direction::Up), [0; 0]);
    let topics = vec![(text("t"), Id::new(3, 0)), (text("none"), Id::MIN)];
    let Answer::Logs(logs) = bench.read(Query::Read { topics, count: Some(1) }) else { panic!() };
    assert_eq!(logs.len(), 1);
    assert_eq!(ids(&logs[0].1), [4]);
    let topics = vec![(text("t"), Id::new(5, 0))];
    assert_eq!(bench.read(Query::Read { topics, count: None }), Answer::Logs(vec![]));
}

#[test]
fn entries_are_deleted_and_trimmed() {
    let mut bench = Bench::new();
    fill(&mut bench, 10);
    let ids = vec![Id::new(3, 0), Id::new(3, 0), Id::new(99, 0)];
    assert_eq!(bench.write(Command::Delete { name: text("t"), ids }), Answer::Integer(1));
    let trim = |keeps, is_approximate| Command::Trim {
        name: text("t"),
        trim: Trim { keeps, is_approximate, limit: None },
    };
    assert_eq!(bench.write(trim(Keeps::Len(7), false)), Answer::Integer(2));
    assert_eq!(bench.write(trim(Keeps::From(Id::new(6, 0)), false)), Answer::Integer(2));
    assert_eq!(everything(&bench), [6, 7, 8, 9, 10]);
    assert_eq!(bench.write(trim(Keeps::Len(1), true)), Answer::Integer(0));
    assert_eq!(bench.write(trim(Keeps::Len(0), false)), Answer::Integer(5));
    assert_eq!(bench.read(Query::Len { name: text("t") }), Answer::Integer(0));
    let kind = bench.read(names::Query::Kind { name: text("t") });
    assert_eq!(kind, Answer::Kind(Kind::Topic), "an empty topic stays");
    bench.assert_leaves_nothing();
}

#[test]
fn an_approximate_trim_removes_full_hundreds() {
    let mut bench = Bench::new();
    fill(&mut bench, 350);
    let trim = |limit| Command::Trim {
        name: text("t"),
        trim: Trim { keeps: Keeps::Len(20), is_approximate: true, limit },
    };
    assert_eq!(bench.write(trim(Some(150))), Answer::Integer(100));
    assert_eq!(bench.write(trim(None)), Answer::Integer(200));
    assert_eq!(bench.write(trim(None)), Answer::Integer(0));
}

#[test]
fn a_topic_forgets_what_is_too_much_or_too_old() {
    let mut bench = Bench::new();
    let retention = Retention { len_max: Some(3), age_ms_max: Some(1000) };
    bench.write(Command::Configure { name: text("t"), retention });
    for _ in 0..5 {
        bench.wait(100);
        bench.write(append("t", NewId::Now));
    }
    assert_eq!(bench.read(Query::Len { name: text("t") }), Answer::Integer(3));
    bench.wait(801);
    bench.expire();
    assert_eq!(bench.read(Query::Len { name: text("t") }), Answer::Integer(2));
    bench.wait(200);
    bench.expire();
    assert_eq!(bench.read(Query::Len { name: text("t") }), Answer::Integer(0));
    assert_eq!(structures::next_deadline(&bench.view).unwrap(), None);
    bench.assert_leaves_nothing();
}

#[test]
fn a_group_shares_entries_among_its_consumers() {
    let mut bench = Bench::new();
    group(&mut bench, Some(Id::MIN));
    fill(&mut bench, 5);
    assert_eq!(ids(&read_group(&mut bench, "a", From::New, 2)), [1, 2]);
    assert_eq!(ids(&read_group(&mut bench, "b", From::New, 9)), [3, 4, 5]);
    assert_eq!(ids(&read_group(&mut bench, "a", From::New, 9)), [0; 0]);
    let ids_of =
        |consumer| pending(&bench, consumer).iter().map(|one| one.id.ms).collect::<Vec<_>>();
    assert_eq!((ids_of(Some("a")), ids_of(None)), (vec![1, 2], vec![1, 2, 3, 4, 5]));
    let (name, group) = (text("t"), text("g"));
    let acknowledged = vec![Id::new(1, 0), Id::new(3, 0), Id::new(3, 0)];
    let done = Command::Acknowledge { name: name.clone(), group: group.clone(), ids: acknowledged };
    assert_eq!(bench.write(done), Answer::Integer(2));
    let summary = bench.read(Query::PendingSummary { name: name.clone(), group: group.clone() });
    let ends = Some((Id::new(2, 0), Id::new(5, 0)));
    let consumers = vec![(text("a"), 1), (text("b"), 2)];
    let expected = TopicAnswer::PendingSummary { count: 3, ends, consumers };
    assert_eq!(summary, Answer::Topic(expected));
    let consumer = text("b");
    let drop = Command::DropConsumer { name: name.clone(), group: group.clone(), consumer };
    assert_eq!(bench.write(drop), Answer::Integer(2));
    assert_eq!(pending(&bench, None).len(), 1);
    let drop = Command::DropGroup { name, group };
    bench.told();
    assert_eq!(bench.write(drop.clone()), Answer::Flag(true));
    assert_eq!(bench.told(), [Event::GroupDropped { group: text("g") }]);
    assert_eq!(bench.write(drop), Answer::Flag(false));
    bench.assert_leaves_nothing();
}

#[test]
fn a_consumer_reads_again_what_it_has_not_acknowledged() {
    let mut bench = Bench::new();
    group(&mut bench, Some(Id::MIN));
    fill(&mut bench, 3);
    read_group(&mut bench, "a", From::New, 9);
    bench.write(Command::Delete { name: text("t"), ids: vec![Id::new(2, 0)] });
    bench.wait(10);
    let again = read_group(&mut bench, "a", From::PendingAfter(Id::MIN), 9);
    assert_eq!(ids(&again), [1, 2, 3]);
    assert_eq!(again[1].fields, None, "it was deleted");
    let counts: Vec<u64> = pending(&bench, None).iter().map(|one| one.deliveries).collect();
    assert_eq!(counts, [2, 1, 2]);
    let again = read_group(&mut bench, "a", From::PendingAfter(Id::new(2, 0)), 9);
    assert_eq!(ids(&again), [3]);
}

#[test]
fn pending_entries_are_claimed() {
    let mut bench = Bench::new();
    group(&mut bench, Some(Id::MIN));
    fill(&mut bench, 4);
    read_group(&mut bench, "a", From::New, 3);
    bench.wait(100);
    let early = ClaimOptions { idle_ms_min: 101, ..ClaimOptions::default() };
    assert_eq!(bench.write(claim("b", &[1], early)), Answer::Log(vec![]));
    let Answer::Log(log) = bench.write(claim("b", &[1, 4], ClaimOptions::default())) else {
        panic!()
    };
    assert_eq!(ids(&log), [1]);
    let forced = ClaimOptions { is_forced: true, only_ids: true, ..ClaimOptions::default() };
    let Answer::Log(log) = bench.write(claim("b", &[4], forced)) else { panic!() };
    assert_eq!(log, [Entry { id: Id::new(4, 0), fields: None }]);
    let owners: Vec<(u64, Bytes, u64)> = pending(&bench, None)
        .into_iter()
        .map(|one| (one.id.ms, one.consumer, one.deliveries))
        .collect();
    let (a, b) = (text("a"), text("b"));
    assert_eq!(owners, [(1, b.clone(), 2), (2, a.clone(), 1), (3, a, 1), (4, b, 1)]);
    bench.write(Command::Delete { name: text("t"), ids: vec![Id::new(2, 0)] });
    assert_eq!(bench.write(claim("b", &[2], ClaimOptions::default())), Answer::Log(vec![]));
    assert_eq!(pending(&bench, None).len(), 3, "what is deleted is pending no more");
}

#[test]
fn what_is_pending_for_long_is_claimed_in_pages() {
    let mut bench = Bench::new();
    group(&mut bench, Some(Id::MIN));
    fill(&mut bench, 5);
    read_group(&mut bench, "a", From::New, 9);
    bench.write(Command::Delete { name: text("t"), ids: vec![Id::new(2, 0)] });
    bench.wait(100);
    let next = |start, count| Command::ClaimNext {
        name: text("t"),
        group: text("g"),
        consumer: text("b"),
        start,
        options: ClaimNextOptions { idle_ms_min: 100, count, only_ids: false },
    };
    let Answer::Topic(TopicAnswer::Claimed { next: at, entries, deleted }) =
        bench.write(next(Id::MIN, 2))
    else {
        panic!()
    };
    assert_eq!((at, ids(&entries), deleted), (Id::new(3, 0), vec![1], vec![Id::new(2, 0)]));
    let Answer::Topic(TopicAnswer::Claimed { next: at, entries, .. }) = bench.write(next(at, 9))
    else {
        panic!()
    };
    assert_eq!((at, ids(&entries)), (Id::MIN, vec![3, 4, 5]));
    let Answer::Topic(TopicAnswer::Claimed { entries, .. }) = bench.write(next(Id::MIN, 9)) else {
        panic!()
    };
    assert_eq!(ids(&entries), [0; 0], "they were delivered just now");
}

#[test]
fn progress_is_said_as_far_as_it_is_known() {
    let mut bench = Bench::new();
    group(&mut bench, Some(Id::MIN));
    assert_eq!(progress(&bench), (None, Some(0)));
    fill(&mut bench, 5);
    assert_eq!(progress(&bench), (None, Some(5)));
    read_group(&mut bench, "a", From::New, 2);
    assert_eq!(progress(&bench), (Some(2), Some(3)));
    bench.write(Command::Delete { name: text("t"), ids: vec![Id::new(4, 0)] });
    assert_eq!(progress(&bench), (Some(2), None), "a hole lies ahead");
    read_group(&mut bench, "a", From::New, 9);
    assert_eq!(progress(&bench), (Some(5), Some(0)));
}

#[test]
fn groups_must_exist_and_only_once() {
    let mut bench = Bench::new();
    let (name, group) = (text("t"), text("g"));
    let no_group = Refusal::NoSuchGroup { topic: name.clone(), group: group.clone() };
    let start = GroupStart { after: None, entries_read: None };
    let create = |makes_topic| Command::CreateGroup {
        name: text("t"),
        group: text("g"),
        start,
        makes_topic,
    };
    assert_eq!(bench.try_write(create(false)), Err(Refusal::NotFound { name: name.clone() }));
    let summary = Query::PendingSummary { name: name.clone(), group: group.clone() };
    assert_eq!(bench.try_read(summary), Err(no_group.clone()));
    assert_eq!(bench.write(create(true)), Answer::Done);
    let exists = Refusal::GroupExists { topic: name.clone(), group: group.clone() };
    assert_eq!(bench.try_write(create(false)), Err(exists));
    let consumer = text("c");
    let create = Command::CreateConsumer { name: name.clone(), group, consumer: consumer.clone() };
    assert_eq!(bench.write(create.clone()), Answer::Flag(true));
    assert_eq!(bench.write(create), Answer::Flag(false));
    let topics = vec![(name, From::New)];
    let group = text("none");
    let options = ReadOptions::default();
    let refused = bench.try_write(Command::ReadGroup { group, consumer, topics, options });
    assert!(matches!(refused, Err(Refusal::NoSuchGroup { .. })), "{refused:?}");
    bench.told();
    bench.write(append("t", NewId::Now));
    assert_eq!(bench.told(), [Event::Grown]);
}

#[test]
fn the_last_id_is_set_but_not_below_an_entry() {
    let mut bench = Bench::new();
    fill(&mut bench, 3);
    let set = |last| Command::SetLast {
        name: text("t"),
        last,
        added: Some(100),
        deleted: Some(Id::new(2, 0)),
    };
    let refused = Refusal::IdNotGreater { last: Id::new(3, 0) };
    assert_eq!(bench.try_write(set(Id::new(2, 0))), Err(refused));
    assert_eq!(bench.write(set(Id::new(9, 0))), Answer::Done);
    let Answer::Topic(TopicAnswer::Info(info)) = bench.read(Query::Info { name: text("t") }) else {
        panic!()
    };
    assert_eq!((info.last, info.added, info.len), (Id::new(9, 0), 100, 3));
    assert_eq!((info.first_entry.unwrap().id.ms, info.last_entry.unwrap().id.ms), (1, 3));
    let Answer::Topic(TopicAnswer::Full(_, log, groups)) =
        bench.read(Query::Full { name: text("t"), count: 2 })
    else {
        panic!()
    };
    assert_eq!((ids(&log), groups.len()), (vec![1, 2], 0));
}

#[test]
fn random_commands_do_what_a_naive_topic_does() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        group(&mut bench, Some(Id::MIN));
        let mut log: Vec<u64> = Vec::new();
        let mut next = 1;
        let mut delivered = 0;
        // Whose is which entry, and how often it was delivered.
        let mut given: BTreeMap<u64, (String, u64)> = BTreeMap::new();
        for step in 0..300 {
            let consumer = format!("c{}", random.below(3));
            let chosen = random.below(next) + 1;
            let id = Id::new(chosen, 0);
            match random.below(7) {
                0..=2 => {
                    bench.write(append("t", NewId::Given(Id::new(next, 0))));
                    log.push(next);
                    next += 1;
                }
                3 => {
                    let count = 1 + random.below(5);
                    let new: Vec<u64> = log
                        .iter()
                        .copied()
                        .filter(|number| *number > delivered)
                        .take(usize::try_from(count).unwrap())
                        .collect();
                    let found = ids(&read_group(&mut bench, &consumer, From::New, count));
                    assert_eq!(found, new, "seed {seed}, step {step}");
                    delivered = new.last().copied().unwrap_or(delivered);
                    given.extend(new.into_iter().map(|number| (number, (consumer.clone(), 1))));
                }
                4 => {
                    let (name, group) = (text("t"), text("g"));
                    bench.write(Command::Acknowledge { name, group, ids: vec![id] });
                    given.remove(&chosen);
                }
                5 => {
                    bench.write(Command::Delete { name: text("t"), ids: vec![id] });
                    log.retain(|number| *number != chosen);
                }
                _ => {
                    bench.write(claim(&consumer, &[chosen], ClaimOptions::default()));
                    if !log.contains(&chosen) {
                        given.remove(&chosen);
                    } else if let Some(found) = given.get_mut(&chosen) {
                        *found = (consumer.clone(), found.1 + 1);
                    }
                }
            }
            if step % 10 == 0 {
                assert_eq!(everything(&bench), log, "seed {seed}, step {step}");
                let found: BTreeMap<u64, (String, u64)> = (0..3)
                    .flat_map(|number| pending(&bench, Some(&format!("c{number}"))))
                    .map(|one| {
                        let consumer = String::from_utf8(one.consumer.to_vec()).unwrap();
                        (one.id.ms, (consumer, one.deliveries))
                    })
                    .collect();
                for (number, owner) in &found {
                    assert_eq!(given.get(number), Some(owner), "seed {seed}, step {step}");
                }
                let all = pending(&bench, None);
                assert_eq!(all.len(), given.len().min(100), "seed {seed}, step {step}");
            }
        }
        bench.assert_leaves_nothing();
    }
}

#[test]
fn no_fewer_entries_were_ever_added_than_there_are() {
    let mut bench = Bench::new();
    fill(&mut bench, 3);
    let set = |added| {
        let (name, last) = (text("t"), Id::new(9, 0));
        Command::SetLast { name, last, added: Some(added), deleted: None }
    };
    let refused = Refusal::AddedTooFew { added: 2, len: 3 };
    assert_eq!(bench.try_write(set(2)), Err(refused));
    assert_eq!(bench.write(set(3)), Answer::Done);
}

#[test]
fn an_approximate_trim_takes_everything_when_nothing_is_to_stay() {
    let mut bench = Bench::new();
    fill(&mut bench, 3);
    let trim = |keeps| Trim { keeps: Keeps::Len(keeps), is_approximate: true, limit: None };
    let cut = |keeps| Command::Trim { name: text("t"), trim: trim(keeps) };
    assert_eq!(bench.write(cut(1)), Answer::Integer(0));
    assert_eq!(bench.write(cut(0)), Answer::Integer(3));
}

#[test]
fn a_consumer_is_heard_of_when_there_is_something_for_it() {
    let mut bench = Bench::new();
    let start = GroupStart { after: None, entries_read: None };
    let (name, group) = (text("t"), text("g"));
    bench.write(Command::CreateGroup { name, group, start, makes_topic: true });
    let read = || Command::ReadGroup {
        group: text("g"),
        consumer: text("c"),
        topics: vec![(text("t"), From::New)],
        options: ReadOptions::default(),
    };
    let consumers = |bench: &Bench| {
        let query = Query::Consumers { name: text("t"), group: text("g") };
        let Answer::Topic(TopicAnswer::Consumers(consumers)) = bench.read(query) else { panic!() };
        consumers.len()
    };
    bench.write(read());
    assert_eq!(consumers(&bench), 0);
    bench.write(append("t", NewId::Now));
    bench.write(read());
    assert_eq!(consumers(&bench), 1);
}

#[test]
fn a_group_of_a_topic_that_is_not_there_cannot_change() {
    let mut bench = Bench::new();
    let (name, group, consumer) = (text("none"), text("g"), text("c"));
    let refused = bench.try_write(Command::CreateConsumer { name, group, consumer });
    assert_eq!(refused, Err(Refusal::NotFound { name: text("none") }));
}
