//! `thorp config get`, `set`, `diff` and `rollback`: settings of the cluster.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use gateway::https::body::settings::{
    Change, History, Number, RollBack, Set, Setting, Settings, Value, What,
};
use model::fault::Fault;
use serde_json::json;
use structures::Refusal;
use structures::settings::Key;

use super::find;
use crate::cli::Output;
use crate::cli::cluster::{ConfigDiffArgs, ConfigGetArgs, ConfigRollbackArgs, ConfigSetArgs};
use crate::client::Cluster;
use crate::console::{Coded, NotStarted, confirmed};
use crate::table::Table;

/// What the settings can be set to by, beside a value.
const DEFAULT: &str = "default";

pub(super) fn get(args: &ConfigGetArgs, output: Output) -> anyhow::Result<()> {
    let key = args.key.as_deref().map(|name| {
        Key::find(name).map_err(|wrong| not_started(format!("`{name}` is not shown"), wrong))
    });
    let key = key.transpose()?;
    let cluster = find(&args.cluster)?;
    if args.history {
        return history(&cluster, output);
    }
    let settings = current(&cluster)?;
    match (key, output) {
        (None, Output::Json) => println!("{}", serde_json::to_string(&settings)?),
        (None, Output::Text) => {
            let mut table = Table::new(["key", "value", "default", "meaning"]);
            for Setting { key, value, default, text, .. } in &settings.settings {
                table.row([key, &value.to_string(), &default.to_string(), text]);
            }
            print!("{table}");
        }
        (Some(key), output) => {
            let is_it = |setting: &&Setting| setting.key == key.about().name;
            let setting = settings.settings.iter().find(is_it);
            let setting = setting.ok_or_else(|| unknown_there(key))?;
            match output {
                Output::Json => println!("{}", serde_json::to_string(setting)?),
                Output::Text => println!("{}", setting.value),
            }
        }
    }
    Ok(())
}

pub(super) fn set(args: &ConfigSetArgs, output: Output) -> anyhow::Result<()> {
    let (key, value) = typed(args)?;
    let value = value.map(|value| Value::Text(key.write(value)));
    let set = Set { value, if_number: args.if_number };
    let path = ["settings", key.about().name];
    print_number(find(&args.cluster)?.put(&path).json(&set).read()?, output)
}

pub(super) fn diff(args: &ConfigDiffArgs, output: Output) -> anyhow::Result<()> {
    let cluster = find(&args.cluster)?;
    let settings = current(&cluster)?;
    let before = values_at(&cluster, &settings, args.number)?;
    let differ = settings.settings.iter().filter_map(|setting| {
        let before = before.get(&setting.key).unwrap_or(&setting.default);
        (*before != setting.value).then_some((setting, before))
    });
    match output {
        Output::Json => {
            for (Setting { key, value, .. }, before) in differ {
                println!("{}", json!({ "key": key, "before": before, "now": value }));
            }
        }
        Output::Text => {
            let then = match args.number {
                0 => DEFAULT.to_owned(),
                number => format!("at {number}"),
            };
            let mut table = Table::new(["key", &then, "now"]);
            for (Setting { key, value, .. }, before) in differ {
                table.row([key, &before.to_string(), &value.to_string()]);
            }
            print!("{table}");
        }
    }
    Ok(())
}

pub(super) fn roll_back(args: &ConfigRollbackArgs, output: Output) -> anyhow::Result<()> {
    let question = match args.number {
        0 => "give all settings of the cluster their defaults?".to_owned(),
        number => format!("give all settings of the cluster the values of number {number}?"),
    };
    if !args.yes && !confirmed(&question)? {
        let text = "no setting was changed".to_owned();
        return Err(NotStarted { text, help: Some("pass --yes".to_owned()) }.into());
    }
    let back = RollBack { to: args.number, if_number: None };
    let path = ["settings", "rollback"];
    print_number(find(&args.cluster)?.post(&path).json(&back).read()?, output)
}

fn current(cluster: &Cluster) -> anyhow::Result<Settings> {
    Ok(cluster.get(&["settings"]).read()?)
}

fn changes(cluster: &Cluster) -> anyhow::Result<Vec<Change>> {
    let History { changes } = cluster.get(&["settings", "history"]).read()?;
    Ok(changes)
}

/// What was set at a number.
fn values_at(
    cluster: &Cluster,
    settings: &Settings,
    number: u64,
) -> anyhow::Result<BTreeMap<String, Value>> {
    if number == 0 {
        return Ok(BTreeMap::new());
    }
    let found = changes(cluster)?.into_iter().find(|change| change.number == number);
    let found = found.ok_or_else(|| {
        let Settings { oldest, number: last, .. } = *settings;
        Coded::new(Refusal::SettingsUnknown { to: number, oldest, number: last })
    })?;
    Ok(found.values)
}

fn history(cluster: &Cluster, output: Output) -> anyhow::Result<()> {
    let changes = changes(cluster)?;
    match output {
        Output::Json => {
            for change in &changes {
                println!("{}", serde_json::to_string(change)?);
            }
        }
        Output::Text => {
            let mut table = Table::new(["number", "time", "change"]);
            for Change { number, made_ms, what, .. } in &changes {
                let what = match what {
                    What::Set { key, value: Some(value) } => format!("{key} = {value}"),
                    What::Set { key, value: None } => format!("{key} = {DEFAULT}"),
                    What::RolledBack { to } => format!("back to {to}"),
                };
                table.row([&number.to_string(), &time(*made_ms), &what]);
            }
            print!("{table}");
        }
    }
    Ok(())
}

/// A moment as people and programs read it, to the second.
fn time(ms: u64) -> String {
    let moment = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis);
    moment.map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn print_number(number: Number, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Json => println!("{}", serde_json::to_string(&number)?),
        Output::Text => println!("{}", number.number),
    }
    Ok(())
}

/// The setting and the value that were typed; none for the default.
fn typed(args: &ConfigSetArgs) -> anyhow::Result<(Key, Option<u64>)> {
    let unchanged = || format!("`{}` was not changed", args.key);
    let key = Key::find(&args.key).map_err(|wrong| not_started(unchanged(), wrong))?;
    if args.value == DEFAULT {
        return Ok((key, None));
    }
    let value = key.read(&args.value).map_err(|wrong| not_started(unchanged(), wrong))?;
    key.check(value).map_err(|wrong| not_started(unchanged(), wrong))?;
    Ok((key, Some(value)))
}

fn not_started(text: String, wrong: impl Fault + Send + Sync + 'static) -> anyhow::Error {
    anyhow::Error::new(Coded::new(wrong)).context(NotStarted { text, help: None })
}

/// The node that answers is older than this program.
fn unknown_there(key: Key) -> anyhow::Error {
    let text = format!("the node that answers knows no setting `{key}`; it is older");
    NotStarted { text, help: None }.into()
}
