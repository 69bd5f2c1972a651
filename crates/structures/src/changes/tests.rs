use super::{Change, Changes, Overlay};
use crate::chance::Chance;
use crate::memory::Memory;
use crate::view::{Direction, View};

#[test]
fn an_overlay_reads_as_if_its_changes_were_written() {
    for seed in 0..300 {
        let mut chance = Chance::new(seed);
        let mut random = |end: u64| chance.below(end);
        let mut changes = || {
            let mut changes = Changes::default();
            for _ in 0..random(60) {
                let key = [u8::try_from(random(80)).unwrap()];
                match random(3) {
                    0 => changes.delete(&key),
                    value => changes.put(&key, &[u8::try_from(value).unwrap()]),
                }
            }
            changes
        };
        let mut base = Memory::default();
        base.write(changes());
        let over = changes();
        let mut written = base.clone();
        written.write(over.clone());
        let overlay = Overlay::new(&base, &over);
        let by_order = Overlay::of_rows(&base, &over.rows);

        for key in 0..80 {
            let expected = written.get(&[key]).unwrap();
            assert_eq!(overlay.get(&[key]).unwrap(), expected, "seed {seed}");
            assert_eq!(by_order.get(&[key]).unwrap(), expected, "seed {seed}");
        }
        for (from, to, limit) in [(0, 90, 100), (10, 50, 7), (50, 10, 5), (3, 4, 1), (0, 90, 1)] {
            for direction in [Direction::Up, Direction::Down] {
                assert_eq!(
                    overlay.scan(&[from], &[to], direction, limit).unwrap(),
                    written.scan(&[from], &[to], direction, limit).unwrap(),
                    "seed {seed}, {from}..{to} {direction:?} {limit}"
                );
            }
        }
    }
}

#[test]
fn rows_that_are_restored_leave_the_changes_as_they_were() {
    for seed in 0..300 {
        let mut chance = Chance::new(seed);
        let mut random = |end: u64| chance.below(end);
        let mut key = || [u8::try_from(random(30)).unwrap()];
        let mut changes = Changes::default();
        for _ in 0..10 {
            changes.delete(&key());
        }
        let (before, base) = (changes.clone(), Memory::default());
        let mut undo = Vec::new();
        for round in 0..40_u8 {
            undo.push(changes.replace(Change::put(&key(), &[round])));
            if round % 3 == 0 {
                // The order knows of some rows that go again.
                Overlay::new(&base, &changes).scan(&[0], &[9], Direction::Up, 9).unwrap();
            }
        }
        for replaced in undo.into_iter().rev() {
            changes.restore(replaced);
        }
        assert_eq!(changes, before, "seed {seed}");
        assert_eq!(changes.rows.in_order(), before.rows.in_order(), "seed {seed}");
        let found = Overlay::new(&base, &changes).scan(&[0], &[99], Direction::Up, 99).unwrap();
        assert_eq!(found, [], "seed {seed}");
    }
}
