use super::{Form, Key};
use crate::limits;

#[test]
fn defaults_are_within_the_bounds_and_names_in_their_order() {
    for key in Key::ALL {
        let about = key.about();
        assert_eq!(key.check(about.default), Ok(()), "{key}");
        assert_eq!(key.check(about.min), Ok(()), "{key}");
        assert_eq!(key.check(about.max), Ok(()), "{key}");
        assert!(key.check(about.max + 1).is_err(), "{key}");
        assert!(about.min == 0 || key.check(about.min - 1).is_err(), "{key}");
    }
    assert!(Key::ALL.map(|key| key.about().name).is_sorted());
}

#[test]
fn a_watcher_asks_again_before_what_it_needs_is_forgotten() {
    let fewest = Key::MapsHistoryChanges.about().min;
    assert!(fewest >= 2 * u64::try_from(limits::WAITING_NOTICES_MAX).unwrap());
    let about = Key::MapsHistoryBytes.about();
    assert_eq!(about.form, Form::Bytes);
    assert!(about.min >= 4 * u64::try_from(limits::WAITING_BYTES_MAX).unwrap());
}

#[test]
fn a_value_out_of_bounds_is_told_with_the_bound() {
    let error = Key::QueuesLease.check(8 * 24 * 3_600_000).unwrap_err();
    assert_eq!(error.to_string(), "`queues.lease` cannot be 8d, more than 7d");
    let error = Key::MapsHistoryChanges.check(0).unwrap_err();
    assert_eq!(error.to_string(), "`maps.history_changes` cannot be 0, less than 2000");
    let help = model::fault::Fault::help(&error);
    assert_eq!(help.unwrap(), "it goes from 2000 to 1000000");
}
