//! The memory of a query, so divided that every part of it gets some.

use std::fmt;

use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::memory_pool::{
    GreedyMemoryPool, MemoryLimit, MemoryPool, MemoryReservation,
};

/// A bounded memory in which nobody who can spill holds more than a part: what cannot spill, a
/// merge for example, and what begins later find room.
#[derive(Debug)]
pub(super) struct Divided {
    all: GreedyMemoryPool,
    part_bytes: usize,
}

impl Divided {
    /// `bytes` in all, of which each that can spill may hold one of `parts`.
    pub(super) fn new(bytes: usize, parts: usize) -> Self {
        Self { all: GreedyMemoryPool::new(bytes), part_bytes: bytes / parts }
    }
}

impl fmt::Display for Divided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in parts of {} bytes", self.all, self.part_bytes)
    }
}

impl MemoryPool for Divided {
    fn name(&self) -> &'static str {
        "divided"
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.all.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.all.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> QueryResult<()> {
        let wanted = reservation.size().saturating_add(additional);
        if reservation.consumer().can_spill() && wanted > self.part_bytes {
            let text = format!(
                "`{}` wants {wanted} bytes and may have {}",
                reservation.consumer().name(),
                self.part_bytes
            );
            return Err(DataFusionError::ResourcesExhausted(text));
        }
        self.all.try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.all.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.all.memory_limit()
    }
}
