//! Between openraft's types and those of the log.

use openraft::{CommittedLeaderId, EntryPayload, LogId, Membership, StoredMembership};
use structures::encoding::{self, DecodeError};

use super::types::{Payload, Types};
use crate::applied::Point;
use crate::log::{self, Position, Record};
use crate::member::Member;

pub(super) type Entry = openraft::Entry<Types>;
pub(super) type Vote = openraft::Vote<u64>;
pub(super) type Stored = StoredMembership<u64, Member>;

pub(super) fn log_id(at: Position) -> LogId<u64> {
    LogId::new(CommittedLeaderId::new(at.term, at.leader), at.index)
}

pub(super) fn position(id: &LogId<u64>) -> Position {
    Position { term: id.leader_id.term, leader: id.leader_id.node_id, index: id.index }
}

pub(super) fn vote(vote: log::Vote) -> Vote {
    let log::Vote { term, leader, is_committed } = vote;
    if is_committed { Vote::new_committed(term, leader) } else { Vote::new(term, leader) }
}

pub(super) fn own_vote(vote: &Vote) -> log::Vote {
    let leader = vote.leader_id();
    log::Vote { term: leader.term, leader: leader.node_id, is_committed: vote.is_committed() }
}

pub(super) fn record(entry: Entry) -> Record {
    let payload = match entry.payload {
        EntryPayload::Blank => log::Payload::Blank,
        EntryPayload::Normal(Payload(bytes)) => log::Payload::Batch(bytes),
        EntryPayload::Membership(members) => log::Payload::Members(encoding::encode(&members)),
    };
    Record { at: position(&entry.log_id), payload }
}

pub(super) fn entry(record: Record) -> Result<Entry, DecodeError> {
    let payload = match record.payload {
        log::Payload::Blank => EntryPayload::Blank,
        log::Payload::Batch(bytes) => EntryPayload::Normal(Payload(bytes)),
        log::Payload::Members(bytes) => {
            EntryPayload::Membership(encoding::decode::<Membership<u64, Member>>(&bytes)?)
        }
    };
    Ok(Entry { log_id: log_id(record.at), payload })
}

pub(super) fn members(point: &Point) -> Result<Stored, DecodeError> {
    point.members.as_ref().map_or_else(|| Ok(Stored::default()), |bytes| encoding::decode(bytes))
}
