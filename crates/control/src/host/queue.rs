//! `thorp.queue(name)`.

use model::Json;
use serde_json::json;
use structures::Answer;
use structures::queue::{Command, Item, NewItem, Query, Receipt};

use super::arguments::{Arguments, wrong};
use super::{Desk, Done, plain, seen, stored, unknown};

pub(super) async fn run(desk: &Desk, operation: &str, arguments: &Arguments) -> Done {
    let name = arguments.name()?;
    match operation {
        "push" => {
            let options = arguments.options(1)?;
            let priority = u8::try_from(options.number("priority")?.unwrap_or(0))
                .map_err(|_| wrong("`priority` is at most 255"))?;
            let delay_ms = options.number("delayMs")?.unwrap_or(0);
            let payload = stored(arguments.value(0)?);
            let items = vec![NewItem { payload, priority, delay_ms }];
            match desk.write(Command::Push { name, items }).await? {
                Answer::Ids(ids) => Ok(ids.first().copied().into()),
                answer => Ok(plain(answer)),
            }
        }
        "pop" => match desk.write(Command::Pop { name, count: 1 }).await? {
            Answer::List(mut items) => Ok(items.pop().map_or(Json::Null, plain)),
            answer => Ok(plain(answer)),
        },
        "take" => {
            let lease_ms = arguments.options(0)?.number("leaseMs")?;
            match desk.write(Command::Take { name, count: 1, lease_ms }).await? {
                Answer::Items(items) => Ok(items.first().map_or(Json::Null, taken)),
                answer => Ok(plain(answer)),
            }
        }
        "acknowledge" => {
            let receipts = vec![receipt(arguments)?];
            let done = desk.write(Command::Acknowledge { name, receipts }).await?;
            Ok((done == Answer::Integer(1)).into())
        }
        "giveBack" => {
            let delay_ms = arguments.options(1)?.number("delayMs")?.unwrap_or(0);
            let receipt = receipt(arguments)?;
            Ok(plain(desk.write(Command::Return { name, receipt, delay_ms }).await?))
        }
        "size" => match desk.read(Query::Status { name }).await? {
            Answer::Queue(status) => Ok((status.ready + status.delayed + status.leased).into()),
            _ => Ok(0.into()),
        },
        _ => {
            let known = ["push", "pop", "take", "acknowledge", "giveBack", "size"];
            Err(unknown("queue", operation, &known))
        }
    }
}

fn taken(item: &Item) -> Json {
    let (token, expires_ms) = item.lease.map(|lease| (lease.token, lease.expires_ms)).unzip();
    json!({
        "value": seen(&item.payload),
        "number": item.number,
        "token": token,
        "attempts": item.attempts,
        "expiresMs": expires_ms,
    })
}

/// What `take` gave.
fn receipt(arguments: &Arguments) -> Result<Receipt, runtime::javascript::HostError> {
    let item = arguments.options(0)?;
    Ok(Receipt { number: item.needed("number")?, token: item.needed("token")? })
}
