//! Copies of whole structures.

use bytes::Bytes;

use super::write::announce;
use crate::answer::Answer;
use crate::kind::{Body, Header, count};
use crate::limits;
use crate::map;
use crate::notice::Cause;
use crate::queue;
use crate::refusal::{Counted, Refusal};
use crate::rows::{self, letter};
use crate::view::Row;
use crate::work::{Span, Stop, Walk, Work, check_count};

pub(super) fn copy(
    work: &mut Work<'_>,
    from: &Bytes,
    to: &Bytes,
    replace: bool,
) -> Result<Answer, Stop> {
    let Some(header) = work.reading().header(from)? else { return Ok(Answer::Flag(false)) };
    let taken = work.reading().header(to)?;
    if from == to || (taken.is_some() && !replace) {
        return Ok(Answer::Flag(false));
    }
    if let Body::Lock(_) = header.body {
        // Two holders of one lock would be none.
        return Err(Refusal::NotFound { name: from.clone() }.into());
    }
    let (len, max) = (header.body.len(), count(limits::STORE_ELEMENTS_MAX));
    if !matches!(header.body, Body::Value(_)) && len > max {
        return Err(Refusal::TooMany { what: Counted::StoredElements, count: len, max }.into());
    }
    if let Some(taken) = taken {
        work.drop(to, &taken, Cause::Replaced)?;
    }
    let mut copied = work.create(to, header.body.clone())?;
    if header.id > 0 {
        copy_rows(work, &header, &copied)?;
    }
    work.expire_name(to, &mut copied, header.expires_ms);
    work.save(to, &mut copied);
    announce(work, to, &copied);
    Ok(Answer::Flag(true))
}

fn copy_rows(work: &mut Work<'_>, from: &Header, to: &Header) -> Result<(), Stop> {
    let mut found: Vec<Row> = Vec::new();
    work.reading().walk(Span::of_prefix(rows::all_of(from.id)), |row| {
        found.push(row);
        check_count(Counted::StoredElements, found.len(), limits::STORE_ELEMENTS_MAX)?;
        Ok(Walk::On)
    })?;
    let start = rows::all_of(to.id);
    for (key, value) in found {
        let rest = key.slice(start.len().min(key.len())..);
        let copied = Bytes::from([start.as_ref(), rest.as_ref()].concat());
        match rest.first() {
            Some(&letter::ENTRY) => map::remember(work, to.id, &copied, &value)?,
            Some(&letter::ITEM) => queue::remember(work, to.id, &copied, &value)?,
            _ => {}
        }
        work.put_bytes(&copied, &value);
    }
    Ok(())
}
