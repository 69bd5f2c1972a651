use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

use super::{Cut, Cutter};
use crate::limits::{CHUNK_BYTES_MAX, ITEM_BYTES_MAX};
use crate::tasks::FMapError;

fn cut(cutter: &mut Cutter, items_max: u64) -> Option<Cut> {
    cutter.cut(items_max).unwrap()
}

#[test]
fn only_whole_lines_are_cut_until_the_end() {
    let mut cutter = Cutter::default();
    cutter.push(b"1\n2");
    assert!(!cutter.needs_more());
    let first = Cut { first_index: 0, items: 1, lines: "1\n".into() };
    assert_eq!(cut(&mut cutter, 10), Some(first));
    assert_eq!(cut(&mut cutter, 10), None);
    assert!(cutter.needs_more());
    cutter.push(b"3\n4");
    cutter.end();
    let rest = Cut { first_index: 1, items: 2, lines: "23\n4\n".into() };
    assert_eq!(cut(&mut cutter, 10), Some(rest));
    assert_eq!(cutter.bytes(), 0);
}

#[test]
fn a_chunk_has_as_many_bytes_as_it_may_but_at_least_one_item() {
    let mut cutter = Cutter::default();
    let line = format!("{}\n", "7".repeat(CHUNK_BYTES_MAX / 2 - 1));
    cutter.push(line.repeat(3).as_bytes());
    cutter.push(format!("{}\n", "8".repeat(CHUNK_BYTES_MAX)).as_bytes());
    assert_eq!(cut(&mut cutter, 10).unwrap().items, 2);
    assert_eq!(cut(&mut cutter, 10).unwrap().items, 1);
    assert_eq!(cut(&mut cutter, 10).unwrap().lines.len(), CHUNK_BYTES_MAX + 1);
}

#[test]
fn the_items_before_a_wrong_one_come_first() {
    let mut cutter = Cutter::default();
    cutter.push(b"1\n\n2\n\xff\n3\n");
    assert_eq!(cut(&mut cutter, 10).unwrap().lines.as_ref(), "1\n2\n");
    assert!(matches!(cutter.cut(10), Err(FMapError::NotText { index: 2 })));
}

#[test]
fn an_item_has_a_limit_also_when_it_does_not_end() {
    let fits = "7".repeat(ITEM_BYTES_MAX - 1);
    let mut cutter = Cutter::default();
    cutter.push(fits.as_bytes());
    assert!(cutter.needs_more());
    cutter.push(b"\n");
    assert_eq!(cut(&mut cutter, 1).unwrap().lines.len(), ITEM_BYTES_MAX);
    cutter.push(fits.as_bytes());
    cutter.push(b"77");
    assert!(!cutter.needs_more());
    assert!(matches!(cutter.cut(1), Err(FMapError::LongItem { index: 1 })));
    let mut cutter = Cutter::default();
    cutter.push(format!("{fits}7\n").as_bytes());
    assert!(matches!(cutter.cut(1), Err(FMapError::LongItem { index: 0 })));
}

proptest! {
    #[test]
    fn all_items_come_once_and_in_order_however_they_are_read_and_cut(
        lines in vec("[a-z ]{0,5}", 0..40),
        pieces in vec(1_usize..20, 1..20),
        wants in vec(1_u64..9, 1..9),
    ) {
        let text = lines.join("\n");
        let (mut cutter, mut found) = (Cutter::default(), String::new());
        let (mut rest, mut next, mut turn) = (text.as_bytes(), 0, 0);
        loop {
            if !rest.is_empty() {
                let (piece, more) = rest.split_at(pieces[turn % pieces.len()].min(rest.len()));
                cutter.push(piece);
                rest = more;
            } else {
                cutter.end();
            }
            while let Some(cut) = cut(&mut cutter, wants[turn % wants.len()]) {
                prop_assert_eq!(cut.first_index, next);
                next += cut.items;
                found.push_str(&cut.lines);
            }
            turn += 1;
            if rest.is_empty() && cutter.bytes() == 0 {
                break;
            }
        }
        let items = lines.iter().filter(|line| !line.trim().is_empty());
        let wanted: String = items.map(|line| format!("{line}\n")).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn any_bytes_are_cut_or_refused(pieces in vec(any::<Vec<u8>>().boxed(), 0..5)) {
        let mut cutter = Cutter::default();
        pieces.iter().for_each(|piece| cutter.push(piece));
        cutter.end();
        while let Ok(Some(_)) = cutter.cut(3) {}
        prop_assert_eq!(cutter.bytes(), 0);
    }
}
