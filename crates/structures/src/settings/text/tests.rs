use model::fault::Fault;
use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

use super::Wrong;
use crate::settings::Key;

fn key() -> impl Strategy<Value = Key> {
    proptest::sample::select(Key::ALL.to_vec())
}

proptest! {
    #[test]
    fn what_is_written_is_read(key in key(), value in any::<u64>()) {
        prop_assert_eq!(key.read(&key.write(value)), Ok(value));
    }

    #[test]
    fn what_is_read_is_read_again_as_it_is_written(key in key(), text in "[0-9]{0,25} ?[a-zA-Z]{0,4}|.*") {
        if let Ok(value) = key.read(&text) {
            prop_assert_eq!(key.read(&key.write(value)), Ok(value));
        }
    }
}

#[test]
fn values_have_the_unit_of_their_form() {
    let cases = [
        (Key::QueuesLease, "90s", 90_000, "90s"),
        (Key::QueuesLease, "3600s", 3_600_000, "1h"),
        (Key::QueuesLease, "1500ms", 1_500, "1500ms"),
        (Key::QueuesRetryDelay, "0ms", 0, "0s"),
        (Key::MapsHistoryBytes, "32 MiB", 32 << 20, "32MiB"),
        (Key::MapsHistoryBytes, "5000B", 5000, "5000B"),
        (Key::QueuesAttempts, "12", 12, "12"),
    ];
    for (key, text, value, written) in cases {
        assert_eq!(key.read(text), Ok(value), "{text}");
        assert_eq!(key.write(value), written);
    }
}

#[test]
fn a_value_of_another_form_is_told_what_is_expected() {
    let wrong = [
        (Key::QueuesLease, "30"),
        (Key::QueuesLease, "30MiB"),
        (Key::QueuesAttempts, "5s"),
        (Key::QueuesAttempts, "-1"),
        (Key::QueuesAttempts, "1.5"),
        (Key::MapsHistoryBytes, ""),
        (Key::MapsHistoryBytes, "99999999999999GiB"),
        (Key::MapsHistoryBytes, "99999999999999999999B"),
    ];
    for (key, text) in wrong {
        let text = text.to_owned();
        assert_eq!(key.read(&text), Err(Wrong::Form { key, text }));
    }
    let error = Key::QueuesLease.read("30").unwrap_err();
    let expected = "`queues.lease` cannot be `30`: it is a time such as 30s (ms, s, m, h, d)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_unknown_name_is_told_the_nearest_one() {
    assert_eq!(Key::find("queues.lease"), Ok(Key::QueuesLease));
    let error = Key::find("maps.histroy_changes").unwrap_err();
    assert_eq!(error.to_string(), "there is no setting `maps.histroy_changes` of the cluster");
    let help = error.help().unwrap();
    assert!(help.starts_with("did you mean `maps.history_changes`?"), "{help}");
    let far = Key::find("colour").unwrap_err();
    assert_eq!(far.help().unwrap(), "`thorp config get` lists all");
    let long = Key::find(&"\u{e4}".repeat(1_000)).unwrap_err();
    assert!(long.to_string().len() < 300);
}
