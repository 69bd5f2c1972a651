//! Finds the bytes that mean something, 64 at a time.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a kernel: chunks have 64 bytes and masks 64 bits"
)]

/// Walks over the special bytes of a block, in order.
#[derive(Debug)]
pub(super) struct Specials<'b> {
    block: &'b [u8],
    set: Set,
    /// Where the chunk at hand begins; a multiple of 64.
    base: usize,
    /// The special bytes of the chunk that are still ahead.
    ahead: u64,
}

/// Up to four bytes that are special.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set(pub(super) [u8; 4]);

impl<'b> Specials<'b> {
    /// The special bytes of `block` from byte `at` on.
    pub(super) fn new(block: &'b [u8], set: Set, at: usize) -> Self {
        let base = at & !63;
        let ahead = chunk_mask(block, base, set) & (u64::MAX << (at & 63));
        Self { block, set, base, ahead }
    }

    /// The place of the next special byte.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.ahead == 0 {
            self.base += 64;
            if self.base >= self.block.len() {
                // Stays at the end however often it is asked.
                self.base = self.block.len();
                return None;
            }
            self.ahead = chunk_mask(self.block, self.base, self.set);
        }
        let at = self.base + self.ahead.trailing_zeros() as usize;
        self.ahead &= self.ahead - 1;
        Some(at)
    }
}

fn chunk_mask(block: &[u8], base: usize, set: Set) -> u64 {
    if let Some(chunk) = block.get(base..).and_then(|rest| rest.first_chunk::<64>()) {
        return mask(chunk, set);
    }
    let rest = block.get(base..).unwrap_or_default();
    let mut chunk = [0; 64];
    chunk[..rest.len()].copy_from_slice(rest);
    // Bytes past the end are no bytes, even when zero is special.
    let inside = 1_u64.checked_shl(rest.len() as u32).map_or(u64::MAX, |bit| bit - 1);
    mask(&chunk, set) & inside
}

/// One bit for each byte of `chunk` that is in `set`.
#[inline]
fn mask(chunk: &[u8; 64], set: Set) -> u64 {
    let [a, b, c, d] = set.0;
    // Compilers make vector instructions of this.
    let mut hits = [0; 64];
    for (hit, byte) in hits.iter_mut().zip(chunk) {
        *hit = u8::from((*byte == a) | (*byte == b) | (*byte == c) | (*byte == d));
    }
    let mut mask = 0;
    for (part, ones) in hits.as_chunks::<8>().0.iter().enumerate() {
        // Byte k of the word, 0 or 1, times bit 56 - 7k becomes bit 56 + k; the other products
        // all fall on different bits, so that nothing carries.
        let gathered = u64::from_le_bytes(*ones).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= gathered << (8 * part);
    }
    mask
}
