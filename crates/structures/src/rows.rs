//! Where things lie in the view: one letter per table, then what orders the rows of the table.
//!
//! | table | key | row |
//! |---|---|---|
//! | `m` | | what is known of the whole ([`crate::summary::Summary`]) |
//! | `n` | epoch, name | [`crate::kind::Header`] |
//! | `i` | id | the name that a structure has now |
//! | `d` | id, letter, ... | the rows of one structure |
//! | `t` | deadline, what ends then | empty |
//! | `x` | what is to be swept | empty |
//! | `h` | number | changes of maps from that one on, kept for watchers |
//! | `s` | client | a session with the outcomes of its open requests |
//! | `r` | client, number | the outcome of a request, when it is long |
//! | `p` | | what is known of all patches |
//! | `p` | number | one patch |
//! | `c` | | the settings ([`crate::settings::Current`]) |
//! | `c` | number | one change of them |

use bytes::Bytes;

use crate::encoding::Key;

/// Letters of the rows of one structure; each belongs to one kind.
pub(crate) mod letter {
    pub(crate) const ENTRY: u8 = b'e';
    pub(crate) const NODE: u8 = b't';
    pub(crate) const SCORE: u8 = b'm';
    pub(crate) const ITEM: u8 = b'q';
    pub(crate) const READY: u8 = b'r';
    pub(crate) const DEAD: u8 = b'x';
    pub(crate) const LOG: u8 = b'l';
    pub(crate) const GROUP: u8 = b'g';
    pub(crate) const CONSUMER: u8 = b'c';
    pub(crate) const PENDING: u8 = b'p';
    pub(crate) const PENDING_OF_CONSUMER: u8 = b'o';
    pub(crate) const WAITER: u8 = b'w';
    pub(crate) const WAITER_BY_OWNER: u8 = b'y';
}

pub(crate) const SUMMARY: &[u8] = b"m";

pub(crate) const PATCHES: &[u8] = b"p";

pub(crate) const SETTINGS: &[u8] = b"c";

pub(crate) fn name(epoch: u64, name: &[u8]) -> Key {
    Key::table(b'n').u64(epoch).tail(name)
}

/// The name in the key of a row of table `n`.
pub(crate) fn name_of(key: &Bytes) -> Bytes {
    key.slice(key.len().min(9)..)
}

pub(crate) fn id(id: u64) -> Bytes {
    Key::table(b'i').u64(id).end()
}

/// Starts the key of a row of the structure `id`.
pub(crate) fn of(id: u64, letter: u8) -> Key {
    Key::table(b'd').u64(id).u8(letter)
}

/// The bytes before what [`of`] starts: the table, the id and the letter.
pub(crate) const OF_BYTES: usize = 10;

/// What all rows of the structure `id` begin with.
pub(crate) fn all_of(id: u64) -> Bytes {
    Key::table(b'd').u64(id).end()
}

pub(crate) fn deadlines() -> Bytes {
    Key::table(b't').end()
}

pub(crate) fn deadline(at_ms: u64, target: &[u8]) -> Bytes {
    Key::table(b't').u64(at_ms).tail(target).end()
}

pub(crate) fn garbage(what: &[u8]) -> Bytes {
    Key::table(b'x').tail(what).end()
}

pub(crate) fn history(number: u64) -> Bytes {
    Key::table(b'h').u64(number).end()
}

/// The number in the key of a row of table `h`.
pub(crate) fn history_number(key: &[u8]) -> Option<u64> {
    key.get(1..)?.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn session(client: u64) -> Bytes {
    Key::table(b's').u64(client).end()
}

pub(crate) fn outcome(client: u64, number: u64) -> Bytes {
    Key::table(b'r').u64(client).u64(number).end()
}

/// The number in the key of a row of table `r`.
pub(crate) fn outcome_number(key: &[u8]) -> Option<u64> {
    key.get(9..)?.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn patch(number: u64) -> Bytes {
    Key::table(b'p').u64(number).end()
}

pub(crate) fn setting(number: u64) -> Bytes {
    Key::table(b'c').u64(number).end()
}
