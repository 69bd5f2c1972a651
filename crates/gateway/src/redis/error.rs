//! The texts of errors, as Redis words them.

use std::borrow::Cow;

use bytes::Bytes;
use model::fault::Fault;
use state::{ProposeError, ReadError, Unavailable};
use structures::Refusal;

/// An error reply: a code in capitals, and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErrorReply(pub(super) Cow<'static, str>);

impl ErrorReply {
    pub(super) const SYNTAX: Self = Self::fixed("ERR syntax error");
    pub(super) const NOT_AN_INTEGER: Self =
        Self::fixed("ERR value is not an integer or out of range");
    pub(super) const NOT_A_FLOAT: Self = Self::fixed("ERR value is not a valid float");
    pub(super) const NOT_POSITIVE: Self =
        Self::fixed("ERR value is out of range, must be positive");
    pub(super) const OUT_OF_RANGE: Self = Self::fixed("ERR value is out of range");
    pub(super) const NO_SUCH_KEY: Self = Self::fixed("ERR no such key");
    pub(super) const UNEXPECTED: Self = Self::fixed("ERR the answer has another shape");

    pub(super) const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    pub(super) fn new(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    pub(super) fn arity(name: &str) -> Self {
        Self::new(format!("ERR wrong number of arguments for '{name}' command"))
    }

    pub(super) fn expire_time(name: &str) -> Self {
        Self::new(format!("ERR invalid expire time in '{name}' command"))
    }

    /// A command that nobody knows, with the beginnings of its arguments.
    pub(super) fn unknown(name: &[u8], arguments: &[Bytes]) -> Self {
        const SHOWN_BYTES: usize = 128;
        let mut shown = String::new();
        for argument in arguments {
            if shown.len() >= SHOWN_BYTES {
                break;
            }
            let rest = SHOWN_BYTES - shown.len();
            shown.push('\'');
            shown.push_str(&lossy(argument, rest));
            shown.push_str("' ");
        }
        let name = lossy(name, SHOWN_BYTES);
        Self::new(format!("ERR unknown command '{name}', with args beginning with: {shown}"))
    }

    pub(super) fn unknown_subcommand(container: &str, name: &[u8]) -> Self {
        let name = lossy(name, 128);
        let container = container.to_ascii_uppercase();
        Self::new(format!("ERR unknown subcommand '{name}'. Try {container} HELP."))
    }
}

/// The beginning of what a client sent, fit for a line of text.
fn lossy(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes)).into_owned()
}

/// What a refusal is called in Redis; `name` is that of the command, in small letters.
pub(super) fn of_refusal(name: &str, refusal: &Refusal) -> ErrorReply {
    match refusal {
        Refusal::WrongKind { .. } if name == "lcs" => {
            ErrorReply::fixed("ERR The specified keys must contain string values")
        }
        Refusal::WrongKind { .. } => {
            ErrorReply::fixed("WRONGTYPE Operation against a key holding the wrong kind of value")
        }
        Refusal::NotFound { .. } if name == "xgroup" => ErrorReply::fixed(
            "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may \
             want to use the MKSTREAM option to create an empty stream automatically.",
        ),
        Refusal::NotFound { .. } => ErrorReply::NO_SUCH_KEY,
        Refusal::NotAnInteger if name == "hincrby" => {
            ErrorReply::fixed("ERR hash value is not an integer")
        }
        Refusal::NotAnInteger => ErrorReply::NOT_AN_INTEGER,
        Refusal::NotANumber if name == "hincrbyfloat" => {
            ErrorReply::fixed("ERR hash value is not a float")
        }
        Refusal::NotANumber => ErrorReply::NOT_A_FLOAT,
        Refusal::Overflow => ErrorReply::fixed("ERR increment or decrement would overflow"),
        Refusal::NotFinite if name.starts_with('z') => {
            ErrorReply::fixed("ERR resulting score is not a number (NaN)")
        }
        Refusal::NotFinite => ErrorReply::fixed("ERR increment would produce NaN or Infinity"),
        Refusal::IndexOutOfRange { .. } => ErrorReply::fixed("ERR index out of range"),
        Refusal::TimeOutOfRange => ErrorReply::expire_time(name),
        Refusal::NoSuchGroup { topic, group } => no_such_group(name, topic, group),
        Refusal::GroupExists { .. } => {
            ErrorReply::fixed("BUSYGROUP Consumer Group name already exists")
        }
        Refusal::IdNotGreater { .. } if name == "xsetid" => ErrorReply::fixed(
            "ERR The ID specified in XSETID is smaller than the target stream top item",
        ),
        Refusal::IdNotGreater { .. } => ErrorReply::fixed(
            "ERR The ID specified in XADD is equal or smaller than the target stream top item",
        ),
        Refusal::AddedTooFew { .. } => ErrorReply::fixed(
            "ERR The entries_added specified in XSETID is smaller than the target stream length",
        ),
        Refusal::IdsExhausted => ErrorReply::fixed(
            "ERR The stream has exhausted the last possible ID, unable to add more items",
        ),
        other => ErrorReply::new(format!("ERR {other}")),
    }
}

fn no_such_group(name: &str, topic: &Bytes, group: &Bytes) -> ErrorReply {
    let (key, group) = (String::from_utf8_lossy(topic), String::from_utf8_lossy(group));
    ErrorReply::new(match name {
        "xreadgroup" => format!(
            "NOGROUP No such key '{key}' or consumer group '{group}' in XREADGROUP with GROUP \
             option"
        ),
        "xgroup" | "xinfo" => {
            format!("NOGROUP No such consumer group '{group}' for key name '{key}'")
        }
        _ => format!("NOGROUP No such key '{key}' or consumer group '{group}'"),
    })
}

pub(super) fn of_propose(name: &str, error: &ProposeError) -> ErrorReply {
    match error {
        ProposeError::Unavailable(why) => of_unavailable(why),
        ProposeError::Refused(refusal) => of_refusal(name, refusal),
        ProposeError::OutcomeUnknown => ErrorReply::new(format!("ERR {error}")),
    }
}

pub(super) fn of_read(error: &ReadError) -> ErrorReply {
    match error {
        ReadError::Unavailable(why) => of_unavailable(why),
        // What is wrong with the disk is for the log of the node.
        ReadError::View(_) => ErrorReply::new(format!("ERR {error}")),
    }
}

pub(super) fn of_unavailable(why: &Unavailable) -> ErrorReply {
    let code = match why {
        Unavailable::NoQuorum { .. }
        | Unavailable::Stopped { .. }
        | Unavailable::Drained { .. } => "CLUSTERDOWN",
        Unavailable::Deadline { .. } => "TRYAGAIN",
        Unavailable::DiskFull => "MISCONF",
    };
    let help = why.help().map(|help| format!("; {help}")).unwrap_or_default();
    ErrorReply::new(format!("{code} {why}{help}"))
}
