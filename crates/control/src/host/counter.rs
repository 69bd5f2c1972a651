//! `thorp.counter(name)`.

use model::Json;
use structures::Answer;
use structures::counter::{Command, Query};

use super::arguments::Arguments;
use super::{Desk, Done, plain, unknown};

pub(super) async fn run(desk: &Desk, operation: &str, arguments: &Arguments) -> Done {
    let name = arguments.name()?;
    let answer = match operation {
        "get" => match desk.read(Query::Get { name }).await? {
            Answer::Integer(value) => return Ok(value.into()),
            _ => return Ok(Json::from(0)),
        },
        "add" => {
            let by = arguments.integer_or(0, 1)?;
            desk.write(Command::Add { name, by }).await?
        }
        "set" => {
            let value = arguments.integer(0)?;
            desk.write(Command::Set { name, value }).await?
        }
        "compareAndSet" => {
            let (expected, value) = (arguments.integer(0)?, arguments.integer(1)?);
            desk.write(Command::CompareAndSet { name, expected, value }).await?
        }
        _ => {
            let known = ["get", "add", "set", "compareAndSet"];
            return Err(unknown("counter", operation, &known));
        }
    };
    Ok(plain(answer))
}
