use bytes::Bytes;

use super::Waiting;
use crate::answer::Answer;
use crate::kind::Kind;
use crate::map::{After, Change, Changes, Keys, Query, What};
use crate::notice::{Event, Notice};
use crate::{limits, queue};

fn name(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn grown(text: &'static str) -> Notice {
    Notice { revision: 7, name: name(text), kind: Kind::Queue, event: Event::Grown }
}

fn page(changes: Vec<Change>, next: u64) -> Answer {
    Answer::Changes(Changes { changes, next, is_more: false })
}

#[test]
fn only_notices_about_the_question_wake() {
    let query = queue::Query::Peek { name: name("jobs"), count: 1 }.into();
    let known = Ok(Answer::Items(vec![]));
    let mut waiting = Waiting::new(query, Waiting::mark(&known));
    assert!(!waiting.is_over(&known));
    assert!(!waiting.wakes(&grown("other")));
    assert!(waiting.wakes(&grown("jobs")));
    assert!(waiting.wakes(&Notice { event: Event::Flushed, ..grown("") }));
    assert!(waiting.is_over(&Ok(Answer::Nothing)));
}

#[test]
fn a_watcher_of_a_quiet_map_goes_on_while_others_change() {
    let changes =
        |after| Query::Changes { map: name("quiet"), keys: Keys::default(), after, count: 10 };
    let known = Waiting::mark(&Ok(page(vec![], 5)));
    let mut waiting = Waiting::new(changes(After::Page(5)).into(), known);
    let woken = (1..=limits::WAITING_NOTICES_MAX).find(|_| waiting.wakes(&grown("busy")));
    assert_eq!(woken, Some(limits::WAITING_NOTICES_MAX));

    assert!(!waiting.is_over(&Ok(page(vec![], 900))));
    assert_eq!(*waiting.query(), changes(After::Page(900)).into());
    assert!(!waiting.wakes(&grown("busy")));

    let change = Change { revision: 9, what: What::Cleared { is_expired: false } };
    assert!(waiting.is_over(&Ok(page(vec![change], 901))));
}
