//! `thorp.topic(name)`.

use bytes::Bytes;
use model::{Json, Map};
use serde_json::json;
use structures::Answer;
use structures::topic::{AppendOptions, Command, Entry, Id, NewId, Query};
use structures::typed::FIELD;

use super::arguments::{Arguments, wrong};
use super::{Desk, Done, plain, seen, stored, unknown};
use crate::limits;

pub(super) async fn run(desk: &Desk, operation: &str, arguments: &Arguments) -> Done {
    let name = arguments.name()?;
    match operation {
        "publish" => {
            let fields = vec![(Bytes::from_static(FIELD), stored(arguments.value(0)?))];
            let (id, options) = (NewId::Now, AppendOptions::default());
            match desk.write(Command::Append { name, id, fields, options }).await? {
                Answer::Id(id) => Ok(id.to_string().into()),
                answer => Ok(plain(answer)),
            }
        }
        "read" => {
            let options = arguments.options(0)?;
            let after = options.word("after")?.map_or(Ok(Id::MIN), |after| id(&after))?;
            let count = options.number("count")?.unwrap_or(limits::HOST_PAGE_ENTRIES);
            let query = Query::Read { topics: vec![(name, after)], count: Some(count) };
            let Answer::Logs(logs) = desk.read(query).await? else { return Ok(json!([])) };
            let entries = logs.into_iter().flat_map(|(_, entries)| entries);
            Ok(entries.map(|entry| shown(&entry)).collect())
        }
        _ => Err(unknown("topic", operation, &["publish", "read"])),
    }
}

/// `{id, value}`; of an entry with other fields `{id, fields}`.
fn shown(entry: &Entry) -> Json {
    let id = entry.id.to_string();
    let fields = entry.fields.as_deref().unwrap_or_default();
    if let [(field, value)] = fields
        && field == FIELD
    {
        return json!({ "id": id, "value": seen(value) });
    }
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let fields: Map = fields.iter().map(|(field, value)| (text(field), seen(value))).collect();
    json!({ "id": id, "fields": fields })
}

fn id(text: &[u8]) -> Result<Id, runtime::javascript::HostError> {
    let parsed = std::str::from_utf8(text).ok().and_then(|text| {
        let (ms, sequence) = text.split_once('-')?;
        Some(Id::new(ms.parse().ok()?, sequence.parse().ok()?))
    });
    parsed.ok_or_else(|| wrong("`after` has to be the `id` of an entry"))
}
