use std::collections::BTreeSet;

use super::Chance;

#[test]
fn one_seed_is_one_sequence() {
    let draw = |seed| {
        let mut chance = Chance::new(seed);
        (0..10).map(|_| chance.below(1000)).collect::<Vec<_>>()
    };
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
}

#[test]
fn distinct_numbers_are_distinct_and_evenly_spread() {
    let mut counts = [0; 10];
    for seed in 0..1000 {
        let chosen = Chance::new(seed).distinct(3, 10);
        assert_eq!(chosen.iter().collect::<BTreeSet<_>>().len(), 3, "seed {seed}");
        for place in chosen {
            counts[usize::try_from(place).unwrap()] += 1;
        }
    }
    assert!(counts.iter().all(|count| (220..380).contains(count)), "{counts:?}");
    assert_eq!(Chance::new(1).distinct(5, 3).len(), 3);
    assert_eq!(Chance::new(1).below(0), 0);
}
