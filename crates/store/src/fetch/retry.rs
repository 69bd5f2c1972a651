//! How long to wait between two tries.

use crate::limits;

/// Returns how long to wait after failure number `attempt` (0-based), in milliseconds.
///
/// The wait doubles on each attempt up to a cap; half of it is scaled by chance, drawn from `seed`,
/// so that many clients do not come back at the same moment.
pub(super) fn delay_ms(attempt: u32, seed: u64) -> u64 {
    let factor = 1_u64.checked_shl(attempt).unwrap_or(u64::MAX);
    let whole = limits::RETRY_BASE_MS.saturating_mul(factor).min(limits::RETRY_CAP_MS);
    let half = whole / 2;
    half + draw(seed.wrapping_add(u64::from(attempt))) % (whole - half + 1)
}

/// One number of the generator SplitMix64.
fn draw(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
