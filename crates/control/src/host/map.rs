//! `thorp.map(name)`.

use bytes::Bytes;
use model::Json;
use serde_json::json;
use structures::map::{Command, Entry, Keys, Merge, PutCondition, PutOptions, Query, Scan};
use structures::{Answer, Direction, Page, Ttl};

use super::arguments::{Arguments, Options, wrong};
use super::{Desk, Done, plain, seen, stored, text, unknown};
use crate::limits;

const OPERATIONS: [&str; 12] = [
    "get",
    "getText",
    "getMany",
    "has",
    "put",
    "putIfAbsent",
    "delete",
    "take",
    "add",
    "merge",
    "size",
    "entries",
];

pub(super) async fn run(desk: &Desk, operation: &str, arguments: &Arguments) -> Done {
    let map = arguments.name()?;
    let answer = match operation {
        "get" | "getText" | "has" => {
            let answer = desk.read(Query::Get { map, key: arguments.key(0)? }).await?;
            return Ok(match (operation, answer) {
                ("has", answer) => matches!(answer, Answer::Entry(_)).into(),
                ("getText", Answer::Entry(entry)) => text(&entry.value),
                (_, answer) => plain(answer),
            });
        }
        "getMany" => desk.read(Query::GetMany { map, keys: arguments.keys(0)? }).await?,
        "size" => desk.read(Query::Len { map }).await?,
        "entries" => return entries(desk, map, arguments.options(0)?).await,
        "put" | "putIfAbsent" => return put(desk, map, operation, arguments).await,
        "delete" => {
            let answer = desk.write(Command::Delete { map, keys: vec![arguments.key(0)?] }).await?;
            return Ok((answer == Answer::Integer(1)).into());
        }
        "take" => desk.write(Command::Take { map, key: arguments.key(0)? }).await?,
        "add" | "merge" => {
            let merge = match operation {
                "add" => Merge::AddInteger(arguments.integer_or(1, 1)?),
                _ => Merge::JsonPatch(arguments.value(1)?.to_string().into()),
            };
            desk.write(Command::Merge { map, key: arguments.key(0)?, merge }).await?
        }
        _ => return Err(unknown("map", operation, &OPERATIONS)),
    };
    Ok(plain(answer))
}

/// Whether it was put.
async fn put(desk: &Desk, map: Bytes, operation: &str, arguments: &Arguments) -> Done {
    let ttl = match arguments.options(2)?.number("ttlMs")? {
        None => Ttl::Never,
        Some(ms) => Ttl::After { ms: i64::try_from(ms).map_err(|_| wrong("`ttlMs` is too long"))? },
    };
    let is_conditional = operation == "putIfAbsent";
    let condition = if is_conditional { PutCondition::Absent } else { PutCondition::Always };
    let options = PutOptions { condition, ttl, ..PutOptions::default() };
    let (key, value) = (arguments.key(0)?, stored(arguments.value(1)?));
    match desk.write(Command::Put { map, key, value, options }).await? {
        Answer::Put(put) => Ok(put.revision.is_some().into()),
        answer => Ok(plain(answer)),
    }
}

/// A page: `{entries: [[key, value]], next}`; `next` is null at the end.
async fn entries(desk: &Desk, map: Bytes, options: Options<'_>) -> Done {
    let keys = Keys { prefix: options.word("prefix")?, ..Keys::default() };
    let count = options.number("count")?.unwrap_or(limits::HOST_PAGE_ENTRIES);
    let after = options.word("after")?;
    let scan = Scan { keys, after, count, direction: Direction::Up };
    let Answer::Page(Page { items, next }) = desk.read(Query::Scan { map, scan }).await? else {
        return Ok(json!({ "entries": [], "next": null }));
    };
    let entries = match *items {
        Answer::Entries(entries) => entries,
        _ => Vec::new(),
    };
    let entries: Vec<Json> = entries
        .into_iter()
        .map(|Entry { key, value, .. }| Json::Array(vec![text(&key), seen(&value)]))
        .collect();
    Ok(json!({ "entries": entries, "next": next.map(|next| text(&next)) }))
}
