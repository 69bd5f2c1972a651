use bytes::Bytes;

use super::{Changes, Overlay};
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
                let key = Bytes::from(vec![u8::try_from(random(80)).unwrap()]);
                match random(3) {
                    0 => changes.delete(key),
                    value => changes.put(key, Bytes::from(vec![u8::try_from(value).unwrap()])),
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

        for key in 0..80 {
            assert_eq!(overlay.get(&[key]).unwrap(), written.get(&[key]).unwrap(), "seed {seed}");
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
fn later_changes_win_however_many_they_are() {
    for others in [0, 100_u8] {
        let (mut first, mut second, mut third) = <(Changes, Changes, Changes)>::default();
        for other in 0..others {
            first.put(Bytes::from(vec![b'z', other]), Bytes::from_static(b"1"));
        }
        first.put(Bytes::from_static(b"a"), Bytes::from_static(b"1"));
        first.put(Bytes::from_static(b"b"), Bytes::from_static(b"1"));
        second.delete(Bytes::from_static(b"a"));
        second.put(Bytes::from_static(b"c"), Bytes::from_static(b"2"));
        third.put(Bytes::from_static(b"c"), Bytes::from_static(b"3"));
        first.absorb(vec![second, third]);
        assert_eq!(first.get(b"a"), Some(&None));
        assert_eq!(first.get(b"b"), Some(&Some(Bytes::from_static(b"1"))));
        assert_eq!(first.get(b"c"), Some(&Some(Bytes::from_static(b"3"))));
        assert_eq!(first.len(), 3 + usize::from(others));
    }
}
