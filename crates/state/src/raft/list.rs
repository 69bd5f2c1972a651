//! Lists of members as they are stored, for who looks at them while Raft does not run.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use openraft::Membership;
use structures::encoding::{self, DecodeError};

use super::convert;
use crate::applied::Point;
use crate::member::{Member, NodeId};

type List = BTreeMap<NodeId, Member>;

/// The members that the applied state names, when it names any.
pub(crate) fn of_point(point: &Point) -> Result<Option<List>, DecodeError> {
    if point.members.is_none() {
        return Ok(None);
    }
    Ok(Some(list(convert::members(point)?.membership())))
}

/// The members that a record of the log names.
pub(crate) fn of_record(bytes: &[u8]) -> Result<List, DecodeError> {
    Ok(list(&encoding::decode(bytes)?))
}

/// A list for a record of the log: one node, which votes.
pub(crate) fn of_one(node: u64, member: Member) -> Bytes {
    let nodes = BTreeMap::from([(node, member)]);
    encoding::encode(&Membership::new(vec![BTreeSet::from([node])], nodes))
}

fn list(members: &Membership<u64, Member>) -> List {
    members.nodes().map(|(id, member)| (NodeId(*id), member.clone())).collect()
}
