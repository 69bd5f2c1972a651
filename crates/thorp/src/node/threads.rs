//! How many threads serve.

use std::num::NonZero;

/// The threads of the runtime of a node that has its machine, or its share of one, to itself: half
/// as many as cores, at least one. What blocks has threads of its own, which take the other half:
/// the log, the flush, functions. A witness has little to do, and each thread has memory of its own.
#[must_use]
pub fn serving_threads(is_witness: bool) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    if is_witness { 1 } else { cores.div_ceil(2) }
}
