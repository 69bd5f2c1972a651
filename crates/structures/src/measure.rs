//! Weighs an answer while it grows, so that none is larger than a door can send.

use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::work::check_count;

/// Elements and bytes so far.
#[derive(Debug, Default)]
pub(crate) struct Measure {
    elements: usize,
    bytes: usize,
}

impl Measure {
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.elements += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        check_count(Counted::AnswerElements, self.elements, limits::ANSWER_ELEMENTS_MAX)?;
        check_count(Counted::AnswerBytes, self.bytes, limits::ANSWER_BYTES_MAX)
    }
}
