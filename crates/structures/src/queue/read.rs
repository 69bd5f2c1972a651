//! Questions to queues.

use bytes::Bytes;

use super::item::{Stored, dead_row, dead_rows, number_of, ready_rows, row};
use super::{Item, Query, Status};
use crate::answer::Answer;
use crate::encoding;
use crate::kind::{Body, Kind, length};
use crate::limits;
use crate::measure::Measure;
use crate::view::Direction;
use crate::work::{Reading, Stop};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let find = |name: &Bytes| reading.find(name, Kind::Queue);
    match query {
        Query::Status { name } => {
            let Some(header) = find(name)? else { return Ok(Answer::Nothing) };
            let Body::Queue(state) = header.body else { return Ok(Answer::Nothing) };
            Ok(Answer::Queue(Status {
                settings: state.settings,
                ready: state.ready,
                delayed: state.delayed,
                leased: state.leased,
                dead: state.dead,
            }))
        }
        Query::Peek { name, count } => {
            let Some(header) = find(name)? else { return Ok(Answer::Items(vec![])) };
            let from = ready_rows(header.id);
            let to = encoding::after_prefix(&from);
            Ok(Answer::Items(items(reading, header.id, (from, to, *count))?))
        }
        Query::Dead { name, after, count } => {
            let Some(header) = find(name)? else { return Ok(Answer::Items(vec![])) };
            let all = dead_rows(header.id);
            let to = encoding::after_prefix(&all);
            let next = after.map(|after| dead_row(header.id, after.saturating_add(1)));
            Ok(Answer::Items(items(reading, header.id, (next.unwrap_or(all), to, *count))?))
        }
    }
}

fn items(
    reading: Reading<'_>,
    id: u64,
    (from, to, wanted): (Bytes, Bytes, u64),
) -> Result<Vec<Item>, Stop> {
    let most = length(wanted).min(limits::PAGE_ELEMENTS_MAX);
    let (mut items, mut measure) = (Vec::new(), Measure::default());
    for (key, _) in reading.view.scan(&from, &to, Direction::Up, most)? {
        let number = number_of(&key)?;
        if let Some(stored) = reading.row::<Stored>(&row(id, number))? {
            measure.add(stored.payload.len())?;
            items.push(stored.item(number));
        }
    }
    Ok(items)
}
