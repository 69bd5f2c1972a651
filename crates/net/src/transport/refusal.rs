//! A no of the other side, with code, kind and text.

use model::fault::{Chain, Fault, Kind};
use tonic::{Code, Status};

use crate::limits;

/// The other side understood and refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// The stable code of the error there.
    pub code: String,
    pub kind: Kind,
    pub text: String,
}

const KINDS: [Kind; 7] = [
    Kind::Invalid,
    Kind::NotFound,
    Kind::Conflict,
    Kind::Denied,
    Kind::Limit,
    Kind::Unavailable,
    Kind::Bug,
];

impl Refusal {
    /// A refusal with `code`, of `kind`, for the reason `text`.
    #[must_use]
    pub fn new(code: &str, kind: Kind, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), kind, text: text.into() }
    }

    /// `fault` with all its causes, for the way to another node.
    #[must_use]
    pub fn of(fault: &dyn Fault) -> Self {
        Self::new(fault.code(), fault.kind(), Chain(fault).to_string())
    }

    /// Code and kind in the form in which they travel.
    pub(crate) fn head(&self) -> String {
        let code = first_bytes(&self.code, limits::REFUSAL_CODE_BYTES_MAX);
        format!("{} {code}", self.kind.word())
    }

    /// The refusal that travelled as `head` and `text`.
    pub(crate) fn read(head: &str, text: &str) -> Option<Self> {
        let (word, code) = head.split_once(' ')?;
        let kind = KINDS.into_iter().find(|kind| kind.word() == word)?;
        let code = first_bytes(code, limits::REFUSAL_CODE_BYTES_MAX);
        let text = first_bytes(text, limits::REFUSAL_BYTES_MAX);
        Some(Self::new(code, kind, text))
    }

    pub(super) fn into_status(self) -> Status {
        let head = self.head().into_bytes();
        let text = first_bytes(&self.text, limits::REFUSAL_BYTES_MAX);
        Status::with_details(Code::Aborted, text, head.into())
    }

    /// The refusal in `status`, unless that says something of its own.
    pub(super) fn of_status(status: &Status) -> Option<Self> {
        let head = std::str::from_utf8(status.details()).ok()?;
        Self::read(head, status.message())
    }
}

/// As many whole letters of `text` as fit into `bytes_max` bytes.
pub(crate) fn first_bytes(text: &str, bytes_max: usize) -> &str {
    let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
    let end = ends.take_while(|end| *end <= bytes_max).last().unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use model::fault::Kind;
    use proptest::prelude::{any, proptest};
    use tonic::Status;

    use super::{KINDS, Refusal, first_bytes};
    use crate::limits;
    use crate::secret::{Secret, SecretError};

    #[test]
    fn each_kind_travels() {
        for kind in KINDS {
            let refusal = Refusal::new("QUEUE_FULL", kind, "queue `ä` has 3 items");
            assert_eq!(Refusal::of_status(&refusal.clone().into_status()), Some(refusal));
        }
        assert_eq!(Refusal::of_status(&Status::internal("broken")), None);
    }

    #[test]
    fn a_long_text_is_cut() {
        let refusal = Refusal::new("X", Kind::Bug, "ä".repeat(100_000));
        let there = Refusal::of_status(&refusal.into_status()).unwrap();
        assert_eq!(there.text.len(), limits::REFUSAL_BYTES_MAX);
    }

    #[test]
    fn an_error_travels_with_its_causes() {
        let source = std::io::ErrorKind::NotFound.into();
        let refusal = Refusal::of(&SecretError::File { path: "s".into(), source });
        assert_eq!((refusal.code.as_str(), refusal.kind), ("SECRET_UNREADABLE", Kind::Unavailable));
        let text = "failed to read or make the secret file `s`: entity not found";
        assert_eq!(refusal.text, text);
        let weak = Refusal::of(&Secret::parse("").unwrap_err());
        assert_eq!((weak.code.as_str(), weak.kind), ("SECRET_WEAK", Kind::Invalid));
    }

    #[test]
    fn only_whole_letters_stay() {
        for (bytes_max, left) in [(0, ""), (1, "a"), (2, "a"), (3, "a\u{e4}"), (9, "a\u{e4}b")] {
            assert_eq!(first_bytes("a\u{e4}b", bytes_max), left);
        }
    }

    proptest! {
        #[test]
        fn any_head_is_answered(head in any::<String>(), text in any::<String>()) {
            if let Some(refusal) = Refusal::read(&head, &text) {
                assert!(head.starts_with(&refusal.head()));
            }
        }
    }
}
