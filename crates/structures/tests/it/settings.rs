//! Settings of the cluster: numbered, gone back to, and doing what they say.

use structures::limits::SETTINGS_CHANGES_MAX;
use structures::settings::{Change, Command, Current, Key, OutOfBounds, Query, Values, What};
use structures::{Answer, Refusal, names, queue, settings};

use crate::kit::{Bench, text};
use crate::maps::put;

fn set(key: Key, value: impl Into<Option<u64>>) -> Command {
    Command::Set { key, value: value.into(), if_number: None }
}

fn back(to: u64) -> Command {
    Command::RollBack { to, if_number: None }
}

fn current(bench: &Bench) -> Current {
    match bench.read(Query::Current) {
        Answer::Settings(current) => current,
        other => panic!("{other:?}"),
    }
}

fn history(bench: &Bench) -> Vec<Change> {
    match bench.read(Query::History) {
        Answer::SettingsHistory(changes) => changes,
        other => panic!("{other:?}"),
    }
}

fn kept(bench: &Bench) -> usize {
    bench.view.rows().filter(|(key, _)| key[0] == b'h').count()
}

#[test]
fn without_a_change_every_setting_has_its_default() {
    let bench = Bench::new();
    let current = current(&bench);
    assert_eq!((current.number, current.oldest), (0, 0));
    for key in Key::ALL {
        assert_eq!(current.values.get(key), key.about().default);
        assert_eq!(current.values.set(key), None);
    }
    assert_eq!(history(&bench), []);
}

#[test]
fn changes_are_numbered_and_what_was_when_can_be_read() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(set(Key::QueuesLease, 60_000)), Answer::Integer(1));
    bench.wait(5);
    assert_eq!(bench.write(set(Key::QueuesAttempts, 9)), Answer::Integer(2));
    assert_eq!(bench.write(set(Key::QueuesAttempts, 9)), Answer::Integer(2), "no change");
    assert_eq!(bench.write(set(Key::QueuesLease, None)), Answer::Integer(3));
    let changes = history(&bench);
    let what = changes.iter().map(|change| change.what).collect::<Vec<_>>();
    let wanted = [
        What::Set { key: Key::QueuesLease, value: Some(60_000) },
        What::Set { key: Key::QueuesAttempts, value: Some(9) },
        What::Set { key: Key::QueuesLease, value: None },
    ];
    assert_eq!(what, wanted);
    assert_eq!(changes[1].made_ms, changes[0].made_ms + 5);
    assert_eq!(changes[1].values.get(Key::QueuesLease), 60_000);
    let differences = changes[2].values.since(&changes[0].values);
    assert_eq!(differences.len(), 2);
    assert_eq!((differences[0].key, differences[0].before), (Key::QueuesAttempts, 5));
    assert_eq!(differences[1].after, 30_000);
}

#[test]
fn going_back_is_a_change_too_and_can_be_gone_back_from() {
    let mut bench = Bench::new();
    bench.write(set(Key::QueuesLease, 60_000));
    bench.write(set(Key::QueuesAttempts, 9));
    assert_eq!(bench.write(back(1)), Answer::Integer(3));
    assert_eq!(current(&bench).values.get(Key::QueuesLease), 60_000);
    assert_eq!(current(&bench).values.get(Key::QueuesAttempts), 5);
    assert_eq!(bench.write(back(0)), Answer::Integer(4));
    assert_eq!(current(&bench).values, Values::default());
    assert_eq!(bench.write(back(2)), Answer::Integer(5));
    assert_eq!(current(&bench).values.get(Key::QueuesAttempts), 9);
    assert_eq!(bench.write(back(5)), Answer::Integer(5), "that is where it is");
    let unknown = Refusal::SettingsUnknown { to: 6, oldest: 1, number: 5 };
    assert_eq!(bench.try_write(back(6)), Err(unknown));
    assert_eq!(history(&bench)[2].what, What::RolledBack { to: 1 });
    let text = "there are no settings of number 6; 0, for the defaults, and 1 to 5 are kept";
    assert_eq!(bench.try_write(back(6)).unwrap_err().to_string(), text);
}

#[test]
fn whoever_names_an_old_number_changes_nothing() {
    let mut bench = Bench::new();
    let (key, value) = (Key::QueuesAttempts, Some(2));
    let at = |number| Command::Set { key, value, if_number: Some(number) };
    assert_eq!(bench.write(at(0)), Answer::Integer(1));
    let changed = Refusal::SettingsChanged { expected: 0, number: 1 };
    assert_eq!(bench.try_write(at(0)), Err(changed.clone()));
    let back = Command::RollBack { to: 0, if_number: Some(0) };
    assert_eq!(bench.try_write(back), Err(changed));
    assert_eq!(current(&bench).number, 1);
}

#[test]
fn a_value_out_of_bounds_is_refused() {
    let mut bench = Bench::new();
    for key in Key::ALL {
        let value = key.about().max + 1;
        let refused = Refusal::SettingOutOfBounds(OutOfBounds { key, value });
        assert_eq!(bench.try_write(set(key, value)), Err(refused));
    }
    assert_eq!(current(&bench).number, 0);
}

#[test]
fn the_oldest_changes_are_forgotten() {
    let mut bench = Bench::new();
    for number in 0..SETTINGS_CHANGES_MAX + 10 {
        bench.write(set(Key::QueuesAttempts, 1 + number % 2));
    }
    let changes = history(&bench);
    assert_eq!(changes.len(), usize::try_from(SETTINGS_CHANGES_MAX).unwrap());
    assert_eq!((changes[0].number, current(&bench).oldest), (11, 11));
    let number = SETTINGS_CHANGES_MAX + 10;
    let unknown = Refusal::SettingsUnknown { to: 10, oldest: 11, number };
    assert_eq!(bench.try_write(back(10)), Err(unknown));
    bench.write(back(11));
}

#[test]
fn removing_all_names_leaves_the_settings() {
    let mut bench = Bench::new();
    bench.write(set(Key::QueuesAttempts, 9));
    bench.write(names::Command::Flush);
    bench.expire();
    assert_eq!(current(&bench).values.get(Key::QueuesAttempts), 9);
    assert_eq!(settings::values(&bench.view).unwrap(), current(&bench).values);
}

#[test]
fn so_many_changes_of_maps_are_kept_as_the_setting_says() {
    let mut bench = Bench::new();
    bench.write(set(Key::MapsHistoryChanges, 25_000));
    for number in 0..25_100 {
        bench.write(put("m", "k", &number.to_string()));
    }
    assert_eq!(kept(&bench), 25_000);
    bench.write(set(Key::MapsHistoryChanges, 2_000));
    bench.write(put("m", "k", "v"));
    assert!(kept(&bench) > 14_000, "not all at once");
    for _ in 0..2 {
        bench.write(put("m", "k", "v"));
    }
    assert_eq!(kept(&bench), 2_000);
    bench.write(back(0));
    for number in 0..9_000 {
        bench.write(put("m", "k", &number.to_string()));
    }
    assert_eq!(kept(&bench), 10_000);
}

#[test]
fn so_many_bytes_of_changes_are_kept_as_the_setting_says() {
    let mut bench = Bench::new();
    bench.write(set(Key::MapsHistoryBytes, 4 << 20));
    let large = "x".repeat(1_000_000);
    for _ in 0..10 {
        bench.write(put("m", "k", &large));
    }
    assert_eq!(kept(&bench), 4);
}

#[test]
fn a_queue_that_nobody_configured_works_as_the_settings_say() {
    let mut bench = Bench::new();
    bench.write(crate::queues::push("before", &["a"]));
    bench.write(set(Key::QueuesLease, 5_000));
    bench.write(set(Key::QueuesAttempts, 1));
    bench.write(set(Key::QueuesRetryDelay, 7_000));
    bench.write(crate::queues::push("after", &["a"]));
    let configured = queue::Settings { attempts_max: 3, ..Default::default() };
    let (name, settings) = (text("own"), configured);
    bench.write(queue::Command::Configure { name, settings });
    let works = |name: &str| match bench.read(queue::Query::Status { name: text(name) }) {
        Answer::Queue(status) => status.settings,
        other => panic!("{other:?}"),
    };
    assert_eq!(works("before"), queue::Settings::default());
    let wanted = queue::Settings { lease_ms: 5_000, attempts_max: 1, retry_delay_ms: 7_000 };
    assert_eq!(works("after"), wanted);
    assert_eq!(works("own"), configured);
}
