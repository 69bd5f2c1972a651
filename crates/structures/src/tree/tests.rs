use bytes::Bytes;

use super::{Root, Tree};
use crate::chance::Chance;
use crate::memory::Memory;
use crate::rows;
use crate::summary::Stamp;
use crate::view::{Direction, View};
use crate::work::Work;

fn element(chance: &mut Chance) -> Bytes {
    let len = if chance.below(40) == 0 { 3000 } else { chance.below(30) };
    let letters = (0..len).map(|_| b'a' + u8::try_from(chance.below(26)).unwrap());
    letters.collect::<Vec<u8>>().into()
}

fn in_work(view: &mut Memory, act: impl FnOnce(&mut Work<'_>)) {
    let mut work = Work::new(view, Stamp { now_ms: 0 }).unwrap();
    act(&mut work);
    let changes = work.finish().unwrap().changes;
    view.write(changes);
}

fn check(tree: &Tree, view: &Memory, model: &[Bytes], seed: u64) {
    let len = u64::try_from(model.len()).unwrap();
    assert_eq!(tree.root.len, len, "seed {seed}");
    assert_eq!(tree.range(view, 0, u64::MAX).unwrap(), model, "seed {seed}");
    assert_eq!(tree.at(view, len).unwrap(), None, "seed {seed}");
}

#[test]
fn elements_stay_where_they_are_put() {
    for seed in 0..40 {
        let mut chance = Chance::new(seed);
        let mut view = Memory::default();
        let mut tree = Tree::given(1, Root::default());
        let mut model: Vec<Bytes> = Vec::new();
        for _ in 0..chance.below(1500) {
            let len = u64::try_from(model.len()).unwrap();
            let at = match chance.below(4) {
                0 => 0,
                1 => len,
                _ => chance.below(len + 1),
            };
            let place = usize::try_from(at).unwrap();
            in_work(&mut view, |work| {
                if chance.below(4) > 0 {
                    let element = element(&mut chance);
                    tree.insert(work, at, element.clone()).unwrap();
                    model.insert(place, element);
                } else {
                    let count = chance.below(chance_of(len));
                    tree.remove(work, at, count).unwrap();
                    let end = (place + usize::try_from(count).unwrap()).min(model.len());
                    model.drain(place..end);
                }
            });
        }
        check(&tree, &view, &model, seed);
        for _ in 0..20 {
            let (at, count) = (chance.below(tree.root.len + 1), chance.below(300));
            let expected: Vec<Bytes> = model
                .iter()
                .skip(usize::try_from(at).unwrap())
                .take(usize::try_from(count).unwrap())
                .cloned()
                .collect();
            assert_eq!(tree.range(&view, at, count).unwrap(), expected, "seed {seed}");
        }
        in_work(&mut view, |work| tree.remove(work, 0, u64::MAX).unwrap());
        check(&tree, &view, &[], seed);
        let (from, to) = (rows::all_of(1), rows::all_of(2));
        assert_eq!(view.scan(&from, &to, Direction::Up, 1).unwrap(), [], "seed {seed}: a rest");
    }
}

fn chance_of(len: u64) -> u64 {
    if len.is_multiple_of(7) { len / 2 + 1 } else { 4 }
}

#[test]
fn sorted_elements_are_found_by_their_bytes() {
    for seed in 0..40 {
        let mut chance = Chance::new(seed);
        let mut view = Memory::default();
        let mut tree = Tree::sorted(1, Root::default());
        let mut model = std::collections::BTreeSet::new();
        for _ in 0..chance.below(1500) {
            let element = element(&mut chance);
            in_work(&mut view, |work| {
                let found = tree.find(work, &element).unwrap();
                assert_eq!(found.is_there, model.contains(&element), "seed {seed}");
                let before = model.range(..element.clone()).count();
                assert_eq!(found.index, u64::try_from(before).unwrap(), "seed {seed}");
                if found.is_there || chance.below(4) == 0 {
                    let gone = tree.at(work, found.index).unwrap();
                    tree.remove(work, found.index, 1).unwrap();
                    gone.map(|gone| model.remove(&gone));
                } else {
                    tree.insert(work, found.index, element.clone()).unwrap();
                    model.insert(element);
                }
            });
        }
        let model: Vec<Bytes> = model.into_iter().collect();
        check(&tree, &view, &model, seed);
    }
}

#[test]
fn elements_that_come_in_order_fill_their_leaves() {
    let mut view = Memory::default();
    let mut tree = Tree::given(1, Root::default());
    in_work(&mut view, |work| {
        for index in 0..6400 {
            tree.insert(work, index, Bytes::from_static(b"0123456789")).unwrap();
        }
    });
    let nodes = view.scan(&rows::all_of(1), &rows::all_of(2), Direction::Up, 1000).unwrap().len();
    assert!(nodes <= 100 + 3, "{nodes} nodes for 100 full leaves");
}
