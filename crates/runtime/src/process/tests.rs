//! Lines are cut and kept in bounded memory.

use proptest::prelude::*;

use super::lines::{Lines, Tail};
use crate::limits::{STDERR_BYTES_KEPT, STDERR_LINE_BYTES_MAX, STDERR_LINES_KEPT};

fn lines_of(parts: &[&[u8]]) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = Lines::default();
    for part in parts {
        lines.push(part, &mut |line| found.push(line));
    }
    lines.finish(&mut |line| found.push(line));
    found
}

#[test]
fn lines_end_at_newlines_and_at_the_end() {
    assert_eq!(lines_of(&[b"a\r\nb\n\nc"]), ["a", "b", "", "c"]);
    assert!(lines_of(&[]).is_empty());
}

#[test]
fn a_line_at_the_limit_is_whole_and_a_longer_one_says_what_is_missing() {
    let whole = vec![b'x'; STDERR_LINE_BYTES_MAX];
    assert_eq!(lines_of(&[&whole]), [String::from_utf8(whole.clone()).unwrap()]);

    let cut = lines_of(&[&whole, b"yz\nnext\n"]);
    assert!(cut[0].ends_with("x [2 more bytes]"));
    assert_eq!(cut[1], "next");
}

#[test]
fn the_tail_keeps_the_last_lines_within_its_bytes() {
    let mut tail = Tail::default();
    for number in 0..=STDERR_LINES_KEPT {
        tail.push(number.to_string());
    }
    assert_eq!(tail.lines_seen(), 1 + u64::try_from(STDERR_LINES_KEPT).unwrap());
    let kept = tail.into_lines();
    assert_eq!((kept.len(), kept[0].as_str()), (STDERR_LINES_KEPT, "1"));

    let mut tail = Tail::default();
    for _ in 0..100 {
        tail.push("x".repeat(STDERR_LINE_BYTES_MAX));
    }
    assert_eq!(tail.into_lines().len(), STDERR_BYTES_KEPT / STDERR_LINE_BYTES_MAX);
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive(text in "[ab\n]{0,40}", at in 0_usize..40) {
        let (head, tail) = text.as_bytes().split_at(at.min(text.len()));
        prop_assert_eq!(lines_of(&[head, tail]), lines_of(&[text.as_bytes()]));
    }
}
