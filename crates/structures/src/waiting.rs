//! Waiting for another answer to a question than the one that is known.
//!
//! Whoever waits hears all notices, and asks again when one of them may be about its question.

use bytes::Bytes;

use crate::answer::Answer;
use crate::command::Query;
use crate::encoding;
use crate::limits;
use crate::map;
use crate::notice::{Event, Notice};
use crate::refusal::Refusal;

/// One who waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    query: Query,
    known: Bytes,
    /// Notices about other things since the question was asked last, and what they hold.
    passed: usize,
    passed_bytes: usize,
}

impl Waiting {
    /// Waits for an answer to `query` that has another mark than `known`.
    #[must_use]
    pub fn new(query: Query, known: Bytes) -> Self {
        Self { query, known, passed: 0, passed_bytes: 0 }
    }

    /// Tells an answer from others. Of two pages without changes it makes no difference how much
    /// happened elsewhere between them.
    #[must_use]
    pub fn mark(outcome: &Result<Answer, Refusal>) -> Bytes {
        match outcome {
            Ok(Answer::Changes(page)) if page.changes.is_empty() => {
                let page = map::Changes { next: 0, ..page.clone() };
                encoding::encode(&Ok::<_, Refusal>(Answer::Changes(page)))
            }
            outcome => encoding::encode(outcome),
        }
    }

    /// What to ask next.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Whether this is what was waited for; if not, the next question goes on from here.
    pub fn is_over(&mut self, outcome: &Result<Answer, Refusal>) -> bool {
        (self.passed, self.passed_bytes) = (0, 0);
        if Self::mark(outcome) != self.known {
            return true;
        }
        if let Query::Map(map::Query::Changes { after, .. }) = &mut self.query
            && let Ok(Answer::Changes(page)) = outcome
        {
            *after = map::After::Page(page.next);
        }
        false
    }

    /// Whether to ask again after `notice`. Now and then it is so without reason, so that a
    /// watcher of a quiet map does not fall behind the changes that are kept.
    pub fn wakes(&mut self, notice: &Notice) -> bool {
        self.passed += 1;
        if let Event::Put { key, value, .. } = &notice.event {
            self.passed_bytes = self.passed_bytes.saturating_add(key.len() + value.len());
        }
        self.query.is_about(notice)
            || self.passed >= limits::WAITING_NOTICES_MAX
            || self.passed_bytes >= limits::WAITING_BYTES_MAX
    }
}

#[cfg(test)]
mod tests;
