//! A client that writes, and keeps a book of what was acknowledged.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};
use sim::chance::Chance;

use crate::clock::Clock;
use crate::cluster::Door;
use crate::failure::Failure;
use crate::https::{self, Https};
use crate::limits;
use crate::redis::Redis;

/// What one writer wrote under names that nobody else uses.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// The beginning of all names.
    pub(crate) prefix: String,
    pub(crate) entries: Numbers,
    pub(crate) fields: Numbers,
    pub(crate) pushes: Numbers,
    pub(crate) puts: Numbers,
    /// How often something was added to the counter.
    pub(crate) added: Numbers,
    /// When a write was acknowledged, in microseconds of the run.
    pub(crate) acknowledged: Vec<u64>,
    /// Noes for good, which nothing here calls for.
    pub(crate) refused: Vec<String>,
}

/// The numbers that were written as one kind of thing.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) known: Vec<u64>,
    /// Written, perhaps.
    pub(crate) unknown: Vec<u64>,
}

impl Book {
    pub(crate) fn counter(&self) -> String {
        format!("{}counter", self.prefix)
    }

    pub(crate) fn list(&self) -> String {
        format!("{}list", self.prefix)
    }

    pub(crate) fn queue(&self) -> String {
        format!("{}queue", self.prefix)
    }

    pub(crate) fn map(&self) -> String {
        format!("{}map", self.prefix)
    }

    pub(crate) fn key(&self, number: u64) -> String {
        format!("{}key{number}", self.prefix)
    }

    pub(crate) fn known(&self) -> usize {
        self.all().iter().map(|numbers| numbers.known.len()).sum()
    }

    pub(crate) fn unknown(&self) -> usize {
        self.all().iter().map(|numbers| numbers.unknown.len()).sum()
    }

    fn all(&self) -> [&Numbers; 5] {
        [&self.entries, &self.fields, &self.pushes, &self.puts, &self.added]
    }
}

/// The value that goes with a number.
pub(crate) fn value(number: u64) -> String {
    format!("value-{number:012}-{}", "x".repeat(40))
}

/// The kinds of writes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Entry,
    Field,
    Push,
    Put,
    Add,
}

/// How often each kind comes, in a hundred.
const MIX: [(Kind, u64); 5] =
    [(Kind::Entry, 40), (Kind::Field, 10), (Kind::Push, 20), (Kind::Put, 10), (Kind::Add, 20)];

/// Writes until it is told to stop.
#[derive(Debug)]
pub(crate) struct Writer {
    doors: Vec<Door>,
    /// The door that it uses now.
    at: usize,
    redis: Redis,
    https: Https,
    chance: Chance,
    clock: Clock,
    book: Book,
    next: u64,
}

impl Writer {
    /// A writer that starts at one of `doors` and goes to the next one when its node is lost.
    pub(crate) fn new(
        doors: &[Door],
        at: usize,
        prefix: String,
        chance: Chance,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let at = at % doors.len();
        let door = doors.get(at).expect("there is a door");
        let (redis, https) = (door.redis(), door.https()?);
        let book = Book { prefix, ..Book::default() };
        Ok(Self { doors: doors.to_vec(), at, redis, https, chance, clock, book, next: 0 })
    }

    pub(crate) fn run(mut self, stop: &AtomicBool) -> anyhow::Result<Book> {
        while !stop.load(Ordering::Relaxed) {
            self.write()?;
        }
        Ok(self.book)
    }

    fn kind(&mut self) -> Kind {
        let puts = &self.book.puts;
        let has_room = puts.known.len() + puts.unknown.len() < limits::QUEUE_ITEMS_MAX;
        let mut drawn = self.chance.below(100);
        for (kind, share) in MIX {
            match drawn.checked_sub(share) {
                Some(rest) => drawn = rest,
                None if has_room || !matches!(kind, Kind::Put) => return kind,
                None => break,
            }
        }
        Kind::Entry
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let (kind, number) = (self.kind(), self.next);
        self.next += 1;
        let outcome = self.send(kind, number);
        let numbers = match kind {
            Kind::Entry => &mut self.book.entries,
            Kind::Field => &mut self.book.fields,
            Kind::Push => &mut self.book.pushes,
            Kind::Put => &mut self.book.puts,
            Kind::Add => &mut self.book.added,
        };
        match outcome {
            Ok(()) => {
                numbers.known.push(number);
                self.book.acknowledged.push(self.clock.micros());
            }
            Err(Failure::Unknown(_)) => {
                numbers.unknown.push(number);
                self.move_on()?;
            }
            Err(Failure::Unsent(_)) => {
                self.move_on()?;
                thread::sleep(limits::UNREACHED_PAUSE);
            }
            Err(refused @ Failure::Refused { .. }) => {
                self.book.refused.push(format!("{kind:?} {number}: {refused}"));
            }
        }
        Ok(())
    }

    fn send(&mut self, kind: Kind, number: u64) -> Result<(), Failure> {
        let (value, digits) = (value(number), number.to_string());
        match kind {
            Kind::Entry => self.redis.call(&["SET", &self.book.key(number), &value]).map(drop),
            Kind::Field => self.redis.call(&["HSET", &self.book.map(), &digits, &value]).map(drop),
            Kind::Push => self.redis.call(&["RPUSH", &self.book.list(), &digits]).map(drop),
            Kind::Put => {
                let items = json!({ "items": [{ "payload": digits }] });
                self.https.post(&format!("queues/{}/put", self.book.queue()), &items).map(drop)
            }
            Kind::Add => self.redis.call(&["INCR", &self.book.counter()]).map(drop),
        }
    }

    fn move_on(&mut self) -> anyhow::Result<()> {
        self.at = (self.at + 1) % self.doors.len();
        let door = self.doors.get(self.at).expect("it is below their number");
        (self.redis, self.https) = (door.redis(), door.https()?);
        Ok(())
    }
}

/// The longest time between two acknowledged writes of one client that touches the time from
/// `from` to `to`, in microseconds.
pub(crate) fn longest_pause(book: &Book, from: u64, to: u64) -> u64 {
    // After the last one it waited until the end.
    let afterwards = book.acknowledged.iter().skip(1).chain(std::iter::once(&to));
    let pairs = book.acknowledged.iter().zip(afterwards);
    let touching = pairs.filter(|(before, after)| **after > from && **before < to);
    touching.map(|(before, after)| after.saturating_sub(*before)).max().unwrap_or_default()
}

/// What is missing of what a writer was told is there, or is there twice, or was never written.
pub(crate) fn losses(book: &Book, door: &Door) -> anyhow::Result<Vec<String>> {
    let mut redis = door.redis();
    let mut lost: Vec<String> =
        book.refused.iter().map(|text| format!("refused: {text}")).collect();
    for chunk in book.entries.known.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(|number| book.key(*number)).collect();
        let words: Vec<&str> =
            std::iter::once("MGET").chain(keys.iter().map(String::as_str)).collect();
        for (number, found) in chunk.iter().zip(redis.call(&words)?.texts()?) {
            lost.extend(difference(&book.key(*number), *number, found));
        }
    }
    for chunk in book.fields.known.chunks(500) {
        let (map, fields) = (book.map(), chunk.iter().map(u64::to_string).collect::<Vec<_>>());
        let names = fields.iter().map(String::as_str);
        let words: Vec<&str> = ["HMGET", map.as_str()].into_iter().chain(names).collect();
        for (number, found) in chunk.iter().zip(redis.call(&words)?.texts()?) {
            lost.extend(difference(&format!("{map} {number}"), *number, found));
        }
    }
    let list = redis.call(&["LRANGE", &book.list(), "0", "-1"])?.texts()?;
    lost.extend(misplaced(&book.list(), &book.pushes, list.into_iter().flatten()));
    lost.extend(misplaced(&book.queue(), &book.puts, queued(book, door)?.into_iter()));
    let counter = redis.call(&["GET", &book.counter()])?.text()?;
    let counted: usize = counter.unwrap_or_else(|| "0".to_owned()).parse()?;
    let (least, most) = (book.added.known.len(), book.added.known.len() + book.added.unknown.len());
    if !(least..=most).contains(&counted) {
        lost.push(format!(
            "{} is {counted}, and was added to {least} to {most} times",
            book.counter()
        ));
    }
    Ok(lost)
}

fn difference(name: &str, number: u64, found: Option<String>) -> Option<String> {
    match found {
        Some(found) if found == value(number) => None,
        Some(found) => Some(format!("{name} holds `{found}`")),
        None => Some(format!("{name} was acknowledged and is gone")),
    }
}

/// The payloads of the writer's queue.
fn queued(book: &Book, door: &Door) -> anyhow::Result<Vec<String>> {
    let path = format!("queues/{}/items?count={}", book.queue(), limits::QUEUE_ITEMS_MAX);
    let items = door.https()?.get(&path)?;
    let payload = |item: &Value| item.get("payload").and_then(Value::as_str).map(str::to_owned);
    Ok(https::list(&items, "items")?.iter().filter_map(payload).collect())
}

/// Whether all that was appended is there once and in order, and nothing else but what may be.
fn misplaced(name: &str, numbers: &Numbers, found: impl Iterator<Item = String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut known = numbers.known.iter().copied().peekable();
    // What nobody knew the end of may come late, or never, but not twice.
    let mut unknown: BTreeSet<u64> = numbers.unknown.iter().copied().collect();
    for text in found {
        let number = text.parse().ok();
        if number.is_some_and(|number| unknown.remove(&number)) {
            continue;
        }
        while let Some(lost) = known.next_if(|known| number.is_some_and(|it| *known < it)) {
            wrong.push(format!("{name}: {lost} was acknowledged and is gone"));
        }
        if known.next_if(|known| number == Some(*known)).is_none() {
            wrong.push(format!("{name} holds `{text}` twice, out of place, or out of nowhere"));
        }
    }
    wrong.extend(known.map(|lost| format!("{name}: {lost} was acknowledged and is gone")));
    wrong
}

#[cfg(test)]
mod tests;
