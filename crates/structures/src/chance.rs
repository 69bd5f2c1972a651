//! Choices that look random and are the same on every node: the seed comes with the command.

/// A generator of numbers from a seed. Method: SplitMix64, Steele, Lea, Flood 2014.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0. The bias is below one in 2^40 for real sizes.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// `count` different numbers below `end` (at most all of them), in random order.
    ///
    /// Method: a Fisher-Yates shuffle of which only the moved places are kept.
    pub(crate) fn distinct(&mut self, count: u64, end: u64) -> Vec<u64> {
        let mut moved = std::collections::BTreeMap::new();
        let mut chosen = Vec::new();
        for place in 0..count.min(end) {
            let other = place + self.below(end - place);
            let here = moved.get(&place).copied().unwrap_or(place);
            chosen.push(moved.insert(other, here).unwrap_or(other));
        }
        chosen
    }
}

#[cfg(test)]
mod tests;
