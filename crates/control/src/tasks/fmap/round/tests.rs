use super::Tally;
use crate::tasks::message::Items;

/// What a member answers: an empty line is an error.
fn answer(lines: &str, first_index: u64) -> Items {
    let failed = (first_index..).zip(lines.lines()).filter(|(_, line)| line.is_empty());
    let errors = failed.map(|(index, _)| (index, format!("no {index}"))).collect();
    let items = u64::try_from(lines.lines().count()).unwrap();
    Items { items, lines: lines.to_owned(), errors, compute_ms: 10, contexts: 2 }
}

#[test]
fn results_of_several_members_are_put_in_the_order_of_the_keys() {
    let mut tally = Tally::new(5, false);
    assert!(tally.take(&[1, 2, 4], &answer("b\n\n", 100), 100));
    assert_eq!(tally.open(), [0, 3, 4], "a member may do only the first of its keys");
    assert!(tally.take(&[0, 3], &answer("a\nd\n", 100), 100));
    assert!(tally.take(&[4], &answer("e\n", 100), 100));
    assert!(tally.open().is_empty());
    let items = tally.items(100);
    assert_eq!((items.items, items.lines.as_str()), (5, "a\nb\n\nd\ne\n"));
    assert_eq!(items.errors, [(102, "no 101".to_owned())]);
    assert_eq!((items.compute_ms, items.contexts), (30, 2));
}

#[test]
fn nothing_behind_an_error_is_asked_for_or_given_out_when_it_ends_all() {
    let mut tally = Tally::new(4, true);
    tally.take(&[1, 3], &answer("\n", 0), 0);
    assert_eq!(tally.open(), [0]);
    tally.take(&[0, 2], &answer("a\nc\n", 0), 0);
    assert!(tally.open().is_empty());
    let items = tally.items(0);
    assert_eq!((items.items, items.lines.as_str()), (2, "a\n\n"));
    assert_eq!(items.errors, [(1, "no 0".to_owned())]);
}

#[test]
fn what_is_behind_a_key_that_was_lost_is_not_given_out() {
    let mut tally = Tally::new(3, false);
    tally.take(&[0, 2], &answer("a\nc\n", 0), 0);
    assert_eq!(tally.items(0).lines, "a\n");
}

#[test]
fn an_answer_without_results_is_none_and_surplus_results_count_for_nothing() {
    let mut tally = Tally::new(2, false);
    assert!(!tally.take(&[0, 1], &Items::default(), 0));
    assert!(!tally.take(&[0, 1], &Items { items: 2, ..Items::default() }, 0));
    assert!(tally.take(&[1], &answer("a\nb\nc\n", 0), 0));
    tally.fail(&[0], "too long".to_owned());
    let items = tally.items(0);
    assert_eq!((items.lines.as_str(), items.errors.len()), ("\na\n", 1));
}
