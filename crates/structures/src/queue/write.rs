//! Commands of queues.

use bytes::Bytes;

use super::item::{Place, Queue, Stored, dead_rows, number_of, ready_rows, row};
use super::{Chosen, Command, Item, Lease, NewItem, Receipt, Settings, State};
use crate::answer::Answer;
use crate::encoding;
use crate::kind::{Body, Header, Kind, count, length};
use crate::limits;
use crate::measure::Measure;
use crate::notice::Event;
use crate::refusal::{Counted, Refusal};
use crate::settings;
use crate::view::{Direction, View};
use crate::work::{Stop, Work, check_count, check_value};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Configure { name, settings } => configure(work, name, *settings),
        Command::Push { name, items } => Ok(Answer::Ids(push(work, name, items)?)),
        Command::Take { name, count, lease_ms } => {
            check_lease(lease_ms.unwrap_or(0))?;
            let items = take(work, name, (*count).min(count_max()), *lease_ms)?;
            Ok(Answer::Items(items))
        }
        Command::Acknowledge { name, receipts } => {
            check_count(Counted::Elements, receipts.len(), limits::BATCH_ELEMENTS_MAX)?;
            let Some((header, mut queue)) = open(work, name)? else {
                return Ok(Answer::Integer(0));
            };
            let mut done = 0;
            for receipt in receipts {
                if let Some(item) = leased(work, &queue, *receipt)? {
                    queue.delete(work, receipt.number, &item);
                    done += 1;
                }
            }
            if done > 0 {
                save(work, name, (header, queue), Event::Changed);
            }
            Ok(Answer::count(done))
        }
        Command::Return { name, receipt, delay_ms } => {
            check_lease(*delay_ms)?;
            let (header, mut queue, item) = held(work, name, *receipt)?;
            queue.give_back(work, (receipt.number, item), *delay_ms);
            save(work, name, (header, queue), Event::Grown);
            Ok(Answer::Done)
        }
        Command::Extend { name, receipt, lease_ms } => {
            check_lease(*lease_ms)?;
            let (header, mut queue, item) = held(work, name, *receipt)?;
            let expires_ms = work.now_ms.saturating_add(*lease_ms);
            let place = Place::Leased(Lease { token: receipt.token, expires_ms });
            queue.leave(work, receipt.number, &item);
            queue.enter(work, receipt.number, &Stored { place, ..item });
            save(work, name, (header, queue), Event::Changed);
            Ok(Answer::Deadline(Some(expires_ms)))
        }
        Command::Pop { name, count } => Ok(Answer::bytes(pop_values(work, name, *count)?)),
        Command::Revive { name, chosen } => dead(work, name, chosen, |work, queue, dead| {
            let (number, item) = dead;
            queue.leave(work, number, &item);
            queue.enter(work, number, &Stored { place: Place::Ready, attempts: 0, ..item });
        }),
        Command::Discard { name, chosen } => dead(work, name, chosen, |work, queue, dead| {
            queue.delete(work, dead.0, &dead.1);
        }),
    }
}

fn count_max() -> u64 {
    count(limits::PAGE_ELEMENTS_MAX)
}

fn check_lease(lease_ms: u64) -> Result<(), Refusal> {
    let max = limits::LEASE_MS_MAX;
    if lease_ms <= max {
        return Ok(());
    }
    Err(Refusal::TooMany { what: Counted::Milliseconds, count: lease_ms, max })
}

fn open(work: &Work<'_>, name: &Bytes) -> Result<Option<(Header, Queue)>, Stop> {
    let Some(header) = work.find(name, Kind::Queue)? else { return Ok(None) };
    let Body::Queue(state) = header.body else { return Ok(None) };
    let queue = Queue { id: header.id, state };
    Ok(Some((header, queue)))
}

fn open_or_make(work: &mut Work<'_>, name: &Bytes) -> Result<(Header, Queue), Stop> {
    if let Some(found) = open(work, name)? {
        return Ok(found);
    }
    let settings = Settings::usual(&settings::values(work)?);
    let state = State { settings, ..State::default() };
    let header = work.create(name, Body::Queue(state))?;
    let queue = Queue { id: header.id, state };
    Ok((header, queue))
}

fn save(work: &mut Work<'_>, name: &Bytes, (mut header, queue): (Header, Queue), event: Event) {
    header.body = Body::Queue(queue.state);
    work.save_with(name, &mut header, event);
}

fn configure(work: &mut Work<'_>, name: &Bytes, settings: Settings) -> Result<Answer, Stop> {
    check_lease(settings.lease_ms)?;
    check_lease(settings.retry_delay_ms)?;
    let (attempts, max) = (settings.attempts_max, limits::QUEUE_ATTEMPTS_MAX);
    if attempts == 0 || attempts > max {
        let (count, max) = (u64::from(attempts), u64::from(max));
        return Err(Refusal::TooMany { what: Counted::Elements, count, max }.into());
    }
    let is_new = work.find(name, Kind::Queue)?.is_none();
    let (header, mut queue) = open_or_make(work, name)?;
    queue.state.settings = settings;
    save(work, name, (header, queue), Event::Changed);
    Ok(Answer::Flag(is_new))
}

fn push(work: &mut Work<'_>, name: &Bytes, items: &[NewItem]) -> Result<Vec<u64>, Stop> {
    check_count(Counted::Elements, items.len(), limits::BATCH_ELEMENTS_MAX)?;
    let (header, mut queue) = open_or_make(work, name)?;
    let mut numbers = Vec::with_capacity(items.len());
    for item in items {
        check_value(item.payload.len())?;
        check_lease(item.delay_ms)?;
        let place = match item.delay_ms {
            0 => Place::Ready,
            delay_ms => Place::Delayed { until_ms: work.now_ms.saturating_add(delay_ms) },
        };
        let (payload, priority) = (item.payload.clone(), item.priority);
        let stored = Stored { payload, priority, attempts: 0, pushed_ms: work.now_ms, place };
        let number = queue.state.next;
        queue.state.next += 1;
        queue.enter(work, number, &stored);
        numbers.push(number);
    }
    save(work, name, (header, queue), Event::Grown);
    Ok(numbers)
}

/// The next items with their rows as they are.
fn next(work: &Work<'_>, queue: &Queue, wanted: u64) -> Result<Vec<(u64, Stored)>, Stop> {
    let from = ready_rows(queue.id);
    let to = encoding::after_prefix(&from);
    let (mut items, mut measure) = (Vec::new(), Measure::default());
    for (key, _) in work.scan(&from, &to, Direction::Up, length(wanted.min(count_max())))? {
        let number = number_of(&key)?;
        if let Some(item) = work.row::<Stored>(&row(queue.id, number))? {
            measure.add(item.payload.len())?;
            items.push((number, item));
        }
    }
    Ok(items)
}

fn take(
    work: &mut Work<'_>,
    name: &Bytes,
    wanted: u64,
    lease_ms: Option<u64>,
) -> Result<Vec<Item>, Stop> {
    let Some((header, mut queue)) = open(work, name)? else { return Ok(Vec::new()) };
    let lease_ms = lease_ms.unwrap_or(queue.state.settings.lease_ms);
    let expires_ms = work.now_ms.saturating_add(lease_ms);
    let mut taken = Vec::new();
    for (number, item) in next(work, &queue, wanted)? {
        queue.leave(work, number, &item);
        let place = Place::Leased(Lease { token: work.token(), expires_ms });
        let item = Stored { place, attempts: item.attempts.saturating_add(1), ..item };
        queue.enter(work, number, &item);
        taken.push(item.item(number));
    }
    if !taken.is_empty() {
        save(work, name, (header, queue), Event::Changed);
    }
    Ok(taken)
}

/// The item of a receipt that is still good.
fn leased(work: &Work<'_>, queue: &Queue, receipt: Receipt) -> Result<Option<Stored>, Stop> {
    let item: Option<Stored> = work.row(&row(queue.id, receipt.number))?;
    Ok(item.filter(|item| match item.place {
        Place::Leased(lease) => lease.token == receipt.token,
        _ => false,
    }))
}

fn held(work: &Work<'_>, name: &Bytes, receipt: Receipt) -> Result<(Header, Queue, Stored), Stop> {
    if let Some((header, queue)) = open(work, name)?
        && let Some(item) = leased(work, &queue, receipt)?
    {
        return Ok((header, queue, item));
    }
    Err(Refusal::ItemNotLeased { name: name.clone(), number: receipt.number }.into())
}

fn dead(
    work: &mut Work<'_>,
    name: &Bytes,
    chosen: &Chosen,
    act: impl Fn(&mut Work<'_>, &mut Queue, (u64, Stored)),
) -> Result<Answer, Stop> {
    let Some((header, mut queue)) = open(work, name)? else { return Ok(Answer::Integer(0)) };
    let numbers = match chosen {
        Chosen::Numbers(numbers) => {
            check_count(Counted::Elements, numbers.len(), limits::BATCH_ELEMENTS_MAX)?;
            numbers.clone()
        }
        Chosen::First { count } => {
            let from = dead_rows(queue.id);
            let to = encoding::after_prefix(&from);
            let found = work.scan(&from, &to, Direction::Up, length((*count).min(count_max())))?;
            found.iter().map(|(key, _)| number_of(key)).collect::<Result<_, _>>()?
        }
    };
    let mut done = 0;
    for number in numbers {
        let item: Option<Stored> = work.row(&row(queue.id, number))?;
        if let Some(item) = item.filter(|item| item.place == Place::Dead) {
            act(work, &mut queue, (number, item));
            done += 1;
        }
    }
    if done > 0 {
        save(work, name, (header, queue), Event::Grown);
    }
    Ok(Answer::count(done))
}

/// Pushes to a queue as to a list. Answers `Integer`: how many items are ready then.
pub(crate) fn push_values(
    work: &mut Work<'_>,
    name: &Bytes,
    values: &[Bytes],
) -> Result<Answer, Stop> {
    let item = |payload: &Bytes| NewItem { payload: payload.clone(), ..NewItem::default() };
    push(work, name, &values.iter().map(item).collect::<Vec<_>>())?;
    Ok(Answer::count(open(work, name)?.map_or(0, |(_, queue)| queue.state.ready)))
}

/// Takes items and acknowledges them.
pub(crate) fn pop_values(
    work: &mut Work<'_>,
    name: &Bytes,
    wanted: u64,
) -> Result<Vec<Bytes>, Stop> {
    let Some((header, mut queue)) = open(work, name)? else { return Ok(Vec::new()) };
    let mut values = Vec::new();
    for (number, item) in next(work, &queue, wanted)? {
        queue.delete(work, number, &item);
        values.push(item.payload);
    }
    if !values.is_empty() {
        save(work, name, (header, queue), Event::Changed);
    }
    Ok(values)
}
