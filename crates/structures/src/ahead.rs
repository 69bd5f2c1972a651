//! Rows that commands will read, told beforehand.
//!
//! A row that was not used lately lies in memory far from the processor, and to fetch it takes longer
//! than what is done with it. Many are fetched at once sooner than each when its command wants it
//! (Chen, Ailamaki, Gibbons and Mowry, "Improving Hash Join Performance through Prefetching", 2004).

use bytes::Bytes;

use crate::command::{Command, Operation, Request};
use crate::map::{self, DEFAULT};
use crate::rows;
use crate::view::View;

/// Of so few rows the processor fetches the next one while it works on the one before.
const FEW: usize = 4;

/// Keys of rows, one behind the other.
#[derive(Debug, Default)]
pub struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = begins.zip(&self.ends);
        spans.filter_map(|(begin, end)| self.bytes.get(begin..*end))
    }

    fn add(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }
}

/// Tells `view` which rows the requests will read, as far as that can be known from them alone: those
/// of the names of maps and of the entries of `default`.
pub(crate) fn tell<'r>(view: &dyn View, epoch: u64, requests: impl Iterator<Item = &'r Request>) {
    let mut keys = Keys::default();
    for request in requests {
        of_command(&request.command, &mut |name| keys.add(&rows::name(epoch, name)));
    }
    if keys.ends.len() > FEW {
        view.warm(&keys);
    }
}

fn of_command(command: &Command, add: &mut impl FnMut(&Bytes)) {
    match command {
        Command::Map(command) => of_map(command, add),
        Command::Transaction(transaction) => {
            for operation in &transaction.operations {
                if let Operation::Write(Command::Map(command)) = operation {
                    of_map(command, add);
                }
            }
        }
        _ => {}
    }
}

fn of_map(command: &map::Command, add: &mut impl FnMut(&Bytes)) {
    use map::Command as C;
    let (map, keys) = match command {
        C::PutMany { map, entries, .. } => {
            if map == DEFAULT {
                entries.iter().for_each(|(key, _)| add(key));
            } else {
                add(map);
            }
            return;
        }
        C::Delete { map, keys } => (map, keys.as_slice()),
        C::Put { map, key, .. }
        | C::DeleteRevision { map, key, .. }
        | C::Take { map, key }
        | C::GetAndExpire { map, key, .. }
        | C::Expire { map, key, .. }
        | C::Merge { map, key, .. } => (map, std::slice::from_ref(key)),
    };
    if map == DEFAULT { keys.iter().for_each(add) } else { add(map) }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::Stamp;
    use crate::map::{Command, Merge, PutOptions};
    use crate::memory::Memory;
    use crate::view::{Direction, Row, ViewError};

    /// Keeps what it is told and what is read of it.
    #[derive(Default)]
    struct Watched {
        rows: Memory,
        told: Mutex<Vec<Bytes>>,
        read: Mutex<Vec<Bytes>>,
    }

    impl View for Watched {
        fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
            self.read.lock().unwrap().push(Bytes::copy_from_slice(key));
            self.rows.get(key)
        }

        fn scan(
            &self,
            from: &[u8],
            to: &[u8],
            direction: Direction,
            limit: usize,
        ) -> Result<Vec<Row>, ViewError> {
            self.rows.scan(from, to, direction, limit)
        }

        fn warm(&self, keys: &Keys) {
            self.told.lock().unwrap().extend(keys.iter().map(Bytes::copy_from_slice));
        }
    }

    #[test]
    fn a_view_is_told_the_rows_that_commands_of_maps_read() {
        let text = Bytes::from_static;
        let put = |map, key| Command::Put {
            map: text(map),
            key: text(key),
            value: text(b"value"),
            options: PutOptions::default(),
        };
        let pairs = vec![(text(b"e"), text(b"1")), (text(b"f"), text(b"2"))];
        let commands = [
            put(DEFAULT, b"a"),
            put(b"other", b"b"),
            Command::Delete { map: text(DEFAULT), keys: vec![text(b"c"), text(b"d")] },
            Command::PutMany {
                map: text(DEFAULT),
                entries: pairs,
                only_new: false,
                over_any_kind: true,
            },
            Command::Merge { map: text(DEFAULT), key: text(b"g"), merge: Merge::AddInteger(1) },
        ];
        let request = |command: Command| Request { id: None, command: command.into() };
        let view = Watched::default();
        let requests: Vec<_> = commands.into_iter().map(request).collect();
        crate::apply(&view, Stamp { now_ms: 1 }, &requests).unwrap();
        let names = ["a", "other", "c", "d", "e", "f", "g"];
        let expected = names.map(|name| rows::name(0, name.as_bytes()).end());
        assert_eq!(*view.told.lock().unwrap(), expected);
        let read = view.read.lock().unwrap();
        assert!(expected.iter().all(|key| read.contains(key)), "{read:?}");
    }
}
