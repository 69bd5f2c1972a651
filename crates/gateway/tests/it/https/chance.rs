//! Numbers at random, the same again for the same seed.

/// A sequence of numbers that a seed repeats. Method: splitmix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> usize {
        usize::try_from(self.next() % end).unwrap()
    }

    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(u64::try_from(of.len()).unwrap())].clone()
    }
}

/// The seed of this run, printed so that a failed one can be repeated.
#[expect(clippy::print_stderr, reason = "a failed run must be repeatable")]
pub(crate) fn seed() -> u64 {
    let seed = std::env::var("THORP_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    eprintln!("repeat with THORP_SEED={seed}");
    seed
}
