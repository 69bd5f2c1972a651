//! The place of one entry: the row of a name in `default`, a row of its map elsewhere.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{DEFAULT, Entry, What, history};
use crate::encoding::{self, Key};
use crate::expiry::Target;
use crate::kind::{Body, Header, Kind};
use crate::notice::{Cause, Event};
use crate::rows::{self, letter};
use crate::view::ViewError;
use crate::work::{Reading, Stop, Work, check_key, check_value, require};

/// The row of an entry of a named map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(with = "encoding::shared")]
    pub value: Bytes,
    pub created: u64,
    pub revision: u64,
    pub expires_ms: Option<u64>,
}

impl Stored {
    pub(super) fn entry(self, key: Bytes) -> Entry {
        let Self { value, created, revision, expires_ms } = self;
        Entry { key, value, created, revision, expires_ms }
    }
}

/// One entry, there or not.
#[derive(Debug)]
pub(super) struct Slot {
    map: Bytes,
    key: Bytes,
    /// Of the map, or of the name in `default`.
    header: Option<Header>,
    pub entry: Option<Stored>,
    /// In `default`: what has the name, when it is no value.
    pub other: Option<Kind>,
}

pub(super) fn row(id: u64, key: &[u8]) -> Key {
    rows::of(id, letter::ENTRY).tail(key)
}

pub(super) fn key_of(row: &Bytes) -> Bytes {
    row.slice(row.len().min(rows::OF_BYTES)..)
}

/// An entry of `default`, when the name is one.
pub(super) fn of_header(header: &Header) -> Option<Stored> {
    let Body::Value(value) = &header.body else { return None };
    Some(Stored {
        value: value.clone(),
        created: header.created,
        revision: header.revision,
        expires_ms: header.expires_ms,
    })
}

impl Slot {
    pub(super) fn open(reading: Reading<'_>, map: &Bytes, key: &Bytes) -> Result<Self, Stop> {
        let key = key.clone();
        if map == DEFAULT {
            // It takes no memory, and its copies neither.
            let map = super::default();
            let header = reading.header(&key)?;
            let entry = header.as_ref().and_then(of_header);
            let kind = header.as_ref().map(|header| header.body.kind());
            let other = kind.filter(|kind| *kind != Kind::Value);
            return Ok(Self { map, key, header, entry, other });
        }
        let map = map.clone();
        let header = reading.find(&map, Kind::Map)?;
        let entry = match &header {
            Some(header) => reading.row(&row(header.id, &key))?,
            None => None,
        };
        Ok(Self { map, key, header, entry, other: None })
    }

    /// Opens an entry that must not be a structure of another kind.
    pub(super) fn value(reading: Reading<'_>, map: &Bytes, key: &Bytes) -> Result<Self, Stop> {
        let slot = Self::open(reading, map, key)?;
        slot.check_kind()?;
        Ok(slot)
    }

    pub(super) fn check_kind(&self) -> Result<(), Stop> {
        match self.other {
            Some(kind) => Ok(require(&self.key, kind, Kind::Value)?),
            None => Ok(()),
        }
    }

    /// Writes the value. A structure of another kind that has the name is dropped.
    pub(super) fn write(
        self,
        work: &mut Work<'_>,
        value: Bytes,
        expires_ms: Option<u64>,
    ) -> Result<(), Stop> {
        check_key(&self.key)?;
        check_value(value.len())?;
        let Self { map, key, header, entry, other } = self;
        let before = entry.as_ref().map(|entry| (entry.created, entry.expires_ms));
        if map == DEFAULT {
            let mut header = match (header, other) {
                (Some(header), Some(_)) => {
                    work.drop(&key, &header, Cause::Replaced)?;
                    work.create(&key, Body::Value(value.clone()))?
                }
                (Some(header), None) => Header { body: Body::Value(value.clone()), ..header },
                (None, _) => work.create(&key, Body::Value(value.clone()))?,
            };
            work.expire_name(&key, &mut header, expires_ms);
            work.save(&key, &mut header);
        } else {
            let mut header = match header {
                Some(header) => header,
                None => work.create(&map, Body::Map(0))?,
            };
            if let (Body::Map(len), None) = (&mut header.body, before) {
                *len += 1;
            }
            let (created, old_ms) = before.unwrap_or((work.revision, None));
            reschedule(work, (header.id, &key), old_ms, expires_ms);
            let revision = work.revision;
            let stored = Stored { value: value.clone(), created, revision, expires_ms };
            work.put(&row(header.id, &key), &stored);
            work.save(&map, &mut header);
        }
        history::record(work, &map, What::Put { key: key.clone(), value: value.clone() });
        let old = entry.map(|entry| entry.value);
        work.tell(&map, kind_of(&map), Event::Put { key, value, old });
        Ok(())
    }

    /// Drops the structure of another kind that has the name.
    pub(super) fn drop_other(self, work: &mut Work<'_>) -> Result<(), ViewError> {
        match &self.header {
            Some(header) => work.drop(&self.key, header, Cause::Replaced),
            None => Ok(()),
        }
    }

    /// Sets when an entry that is there ends.
    pub(super) fn set_end(self, work: &mut Work<'_>, expires_ms: Option<u64>) {
        let Self { map, key, header, entry, .. } = self;
        let (Some(mut header), Some(mut entry)) = (header, entry) else { return };
        if map == DEFAULT {
            work.expire_name(&key, &mut header, expires_ms);
            work.save(&key, &mut header);
        } else {
            reschedule(work, (header.id, &key), entry.expires_ms, expires_ms);
            entry.expires_ms = expires_ms;
            entry.revision = work.revision;
            work.put(&row(header.id, &key), &entry);
            work.save(&map, &mut header);
        }
    }

    /// Removes the entry, if it is there; a map without entries goes with it.
    pub(super) fn remove(self, work: &mut Work<'_>, cause: Cause) -> Result<bool, ViewError> {
        let Self { map, key, header, entry, .. } = self;
        let (Some(mut header), Some(entry)) = (header, entry) else { return Ok(false) };
        if map == DEFAULT {
            work.drop(&key, &header, cause)?;
            return Ok(true);
        }
        reschedule(work, (header.id, &key), entry.expires_ms, None);
        work.delete(&row(header.id, &key));
        removed(work, &map, &key, (entry.value, cause));
        if let Body::Map(len) = &mut header.body {
            *len = len.saturating_sub(1);
        }
        if header.body.len() == 0 {
            work.drop(&map, &header, cause)?;
        } else {
            work.save(&map, &mut header);
        }
        Ok(true)
    }
}

fn kind_of(map: &[u8]) -> Kind {
    if map == DEFAULT { Kind::Value } else { Kind::Map }
}

fn reschedule(work: &mut Work<'_>, (id, key): (u64, &Bytes), old: Option<u64>, new: Option<u64>) {
    if old == new {
        return;
    }
    let target = Target::Entry { id, key: key.clone() };
    if let Some(old_ms) = old {
        work.unschedule(old_ms, &target);
    }
    if let Some(new_ms) = new {
        work.schedule(new_ms, &target);
    }
}

/// Tells that an entry is gone.
pub(crate) fn removed(work: &mut Work<'_>, map: &Bytes, key: &Bytes, (old, cause): (Bytes, Cause)) {
    let is_expired = cause == Cause::Expired;
    history::record(work, map, What::Removed { key: key.clone(), is_expired });
    work.tell(map, kind_of(map), Event::Removed { key: key.clone(), old, cause });
}

/// Ends an entry of a named map at its deadline.
pub(crate) fn expire(
    work: &mut Work<'_>,
    id: u64,
    key: &Bytes,
    at_ms: u64,
) -> Result<(), ViewError> {
    let Some((map, header)) = work.by_id(id)? else { return Ok(()) };
    let entry: Option<Stored> = work.row(&row(id, key))?;
    if entry.as_ref().and_then(|entry| entry.expires_ms) != Some(at_ms) {
        return Ok(());
    }
    let slot = Slot { map, key: key.clone(), header: Some(header), entry, other: None };
    slot.remove(work, Cause::Expired).map(|_| ())
}

/// Removes the deadline of an entry whose map was dropped.
pub(crate) fn forget(
    work: &mut Work<'_>,
    id: u64,
    key: &Bytes,
    row: &[u8],
) -> Result<(), ViewError> {
    let entry: Stored = encoding::row(key, row)?;
    if let Some(at_ms) = entry.expires_ms {
        work.unschedule(at_ms, &Target::Entry { id, key: key_of(key) });
    }
    Ok(())
}

/// The revision of an entry that is there.
pub(crate) fn revision_of(
    reading: Reading<'_>,
    map: &Bytes,
    key: &Bytes,
) -> Result<Option<u64>, Stop> {
    Ok(Slot::open(reading, map, key)?.entry.map(|entry| entry.revision))
}

/// The value of an entry that is there.
pub(crate) fn value_of(
    reading: Reading<'_>,
    map: &Bytes,
    key: &Bytes,
) -> Result<Option<Bytes>, Stop> {
    Ok(Slot::open(reading, map, key)?.entry.map(|entry| entry.value))
}

/// Sets the deadline of a copied entry.
pub(crate) fn remember(
    work: &mut Work<'_>,
    id: u64,
    key: &Bytes,
    row: &[u8],
) -> Result<(), ViewError> {
    let entry: Stored = encoding::row(key, row)?;
    if let Some(at_ms) = entry.expires_ms {
        work.schedule(at_ms, &Target::Entry { id, key: key_of(key) });
    }
    Ok(())
}

/// Tells that a value came to a name of `default` by a rename or a copy.
pub(crate) fn written(work: &mut Work<'_>, key: &Bytes, value: &Bytes) {
    let (key, value) = (key.clone(), value.clone());
    let map = super::default();
    history::record(work, &map, What::Put { key: key.clone(), value: value.clone() });
    work.tell(&map, Kind::Value, Event::Put { key, value, old: None });
}
