//! Settings of the cluster.

use structures::Answer;
use structures::settings::{self, About, Command, Form, Key, Query, What};

use super::body::settings as body;
use super::call::{Call, Json, NoQuery};
use super::convert::{all, want};
use super::problem::Problem;
use super::request::RequestError;
use super::route::{Route, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    const HISTORY: &str = "/api/v1/settings/history";
    const ROLLBACK: &str = "/api/v1/settings/rollback";
    vec![
        get("/api/v1/settings", "setting_list", "Shows the settings of the cluster", list),
        get(HISTORY, "setting_history", "Lists the changes of settings", history),
        put("/api/v1/settings/{setting}", "setting_set", "Changes a setting", set),
        post(ROLLBACK, "setting_rollback", "Goes back to the settings of a number", roll_back),
    ]
}

async fn list(call: Call<0, super::body::Freshness>) -> Result<Json<body::Settings>, Problem> {
    let answer = call.desk.read(Query::Current, call.query.stale).await?;
    let current = want!(answer, Answer::Settings(current) => current);
    let setting = |key: Key| {
        let About { name, default, min, max, text, .. } = key.about();
        body::Setting {
            key: name.to_owned(),
            value: shown(key, current.values.get(key)),
            is_set: current.values.set(key).is_some(),
            default: shown(key, default),
            min: shown(key, min),
            max: shown(key, max),
            text: text.to_owned(),
        }
    };
    let settings = Key::ALL.map(setting).into();
    Ok(Json(body::Settings { number: current.number, oldest: current.oldest, settings }))
}

async fn history(call: Call<0, super::body::Freshness>) -> Result<Json<body::History>, Problem> {
    let answer = call.desk.read(Query::History, call.query.stale).await?;
    let changes = want!(answer, Answer::SettingsHistory(changes) => changes);
    Ok(Json(body::History { changes: all(changes) }))
}

async fn set(call: Call<1, NoQuery, Json<body::Set>>) -> Result<Json<body::Number>, Problem> {
    let ([name], Json(body::Set { value, if_number })) = (&call.at, call.input);
    let key = Key::find(&String::from_utf8_lossy(name))?;
    let value = match value {
        Some(body::Value::Number(number)) => Some(key.read(&number.to_string())?),
        Some(body::Value::Text(text)) => Some(key.read(&text)?),
        None => None,
    };
    number(&call.desk.write(Command::Set { key, value, if_number }).await?)
}

async fn roll_back(
    call: Call<0, NoQuery, Json<body::RollBack>>,
) -> Result<Json<body::Number>, Problem> {
    let Json(body::RollBack { to, if_number }) = call.input;
    number(&call.desk.write(Command::RollBack { to, if_number }).await?)
}

fn number(answer: &Answer) -> Result<Json<body::Number>, Problem> {
    let number = want!(answer, Answer::Integer(number) => number);
    let number = u64::try_from(*number).map_err(|_| RequestError::Answer)?;
    Ok(Json(body::Number { number }))
}

fn shown(key: Key, value: u64) -> body::Value {
    match key.about().form {
        Form::Count => body::Value::Number(value),
        Form::Bytes | Form::Milliseconds => body::Value::Text(key.write(value)),
    }
}

impl From<settings::Change> for body::Change {
    fn from(change: settings::Change) -> Self {
        let settings::Change { number, made_ms, what, values } = change;
        let set = |key: Key| Some((key.to_string(), shown(key, values.set(key)?)));
        let values = Key::ALL.into_iter().filter_map(set).collect();
        let what = match what {
            What::Set { key, value } => {
                let value = value.map(|value| shown(key, value));
                body::What::Set { key: key.to_string(), value }
            }
            What::RolledBack { to } => body::What::RolledBack { to },
        };
        Self { number, made_ms, what, values }
    }
}
