//! A state in memory, and small words for commands.

use bytes::Bytes;
use structures::{
    Answer, Applied, Command, Event, Memory, Notice, Query, Refusal, Request, RequestId, Stamp,
    apply, names, read,
};

/// A state, the time, and what was told.
#[derive(Default)]
pub(crate) struct Bench {
    pub(crate) view: Memory,
    pub(crate) now_ms: u64,
    pub(crate) notices: Vec<Notice>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { now_ms: 1_600_000_000_000, ..Self::default() }
    }

    pub(crate) fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    /// Applies one command alone.
    pub(crate) fn request(&mut self, id: Option<RequestId>, command: Command) -> Applied {
        let stamp = Stamp { now_ms: self.now_ms };
        let request = Request { id, command };
        let bytes = request.encode().unwrap();
        let decoded = Request::decode(&bytes).unwrap();
        // As text: not a number is not equal to itself.
        assert!(decoded == request || format!("{decoded:?}") == format!("{request:?}"));
        let applied = apply(&self.view, stamp, [&request]).unwrap();
        self.view.write(applied.changes.clone());
        self.notices.extend(applied.notices.iter().cloned());
        applied
    }

    pub(crate) fn answer(
        &mut self,
        id: Option<RequestId>,
        command: Command,
    ) -> Result<Answer, Refusal> {
        self.request(id, command).answers.remove(0)
    }

    pub(crate) fn try_write(&mut self, command: impl Into<Command>) -> Result<Answer, Refusal> {
        self.answer(None, command.into())
    }

    #[track_caller]
    pub(crate) fn write(&mut self, command: impl Into<Command>) -> Answer {
        self.try_write(command).unwrap()
    }

    pub(crate) fn try_read(&self, query: impl Into<Query>) -> Result<Answer, Refusal> {
        read(&self.view, &query.into()).unwrap()
    }

    #[track_caller]
    pub(crate) fn read(&self, query: impl Into<Query>) -> Answer {
        self.try_read(query).unwrap()
    }

    /// Lets the leader do what is due, as often as it is.
    pub(crate) fn expire(&mut self) {
        while structures::next_deadline(&self.view).unwrap().is_some_and(|at| at <= self.now_ms) {
            self.write(Command::Expire);
        }
    }

    /// What was told since the last call.
    pub(crate) fn told(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.notices).into_iter().map(|notice| notice.event).collect()
    }

    /// After everything is dropped and swept, nothing of it may be left.
    #[track_caller]
    pub(crate) fn assert_leaves_nothing(&mut self) {
        self.write(names::Command::Flush);
        self.wait(1_000_000_000_000);
        self.expire();
        let rest: Vec<_> = self.view.rows().filter(|(key, _)| b"nidtx".contains(&key[0])).collect();
        assert_eq!(rest, [], "rows that nobody needs");
        assert_eq!(self.read(names::Query::Len), Answer::Integer(0));
        assert_eq!(structures::next_deadline(&self.view).unwrap(), None);
    }
}

pub(crate) fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub(crate) fn texts(all: &[&str]) -> Vec<Bytes> {
    all.iter().map(|one| text(one)).collect()
}

pub(crate) fn bytes(value: &str) -> Answer {
    Answer::Bytes(text(value))
}

pub(crate) fn list(values: &[&str]) -> Answer {
    Answer::List(values.iter().map(|value| bytes(value)).collect())
}

/// Numbers from a seed. Method: xorshift64*, Vigna 2016.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }

    pub(crate) fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }

    /// An index that may lie outside, from either end.
    pub(crate) fn index(&mut self, len: usize) -> i64 {
        let span = i64::try_from(len).unwrap() + 3;
        i64::try_from(self.below(u64::try_from(2 * span + 1).unwrap())).unwrap() - span
    }

    pub(crate) fn word(&mut self, different: u64) -> Bytes {
        text(&format!("w{}", self.below(different)))
    }
}
