//! `thorp config`: settings of a node, where they come from, and whether a file is right.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value as Json, json};

use super::settings;
use crate::cli::Output;
use crate::cli::cluster::ConfigCommand;
use crate::config::{KEYS, Places, Settings, Value};
use crate::console::{Coded, NotStarted};

pub(crate) fn run(command: &ConfigCommand, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Show => show(output)?,
        ConfigCommand::Check { file } => check(file)?,
        ConfigCommand::Schema => schema(output),
        ConfigCommand::Get(args) => settings::get(args, output)?,
        ConfigCommand::Set(args) => settings::set(args, output)?,
        ConfigCommand::Diff(args) => settings::diff(args, output)?,
        ConfigCommand::Rollback(args) => settings::roll_back(args, output)?,
    }
    Ok(super::DONE)
}

fn show(output: Output) -> anyhow::Result<()> {
    let settings = Settings::read(&Places::usual()).map_err(Coded::new)?;
    match output {
        Output::Text => {
            for (key, value, origin) in settings.all() {
                println!("{key} = {value}  ({origin})");
            }
        }
        Output::Json => {
            let entry =
                |value: &Value, origin: String| json!({"value": to_json(value), "origin": origin});
            let all = settings
                .all()
                .map(|(key, value, origin)| (key.to_owned(), entry(value, origin.to_string())));
            println!("{}", Json::Object(all.collect::<Map<_, _>>()));
        }
    }
    Ok(())
}

fn check(file: &Path) -> anyhow::Result<()> {
    if !file.is_file() {
        let text = format!("there is no file `{}`", file.display());
        return Err(
            NotStarted { text, help: Some("name a file: thorp config check FILE".into()) }.into()
        );
    }
    let named = Some(file.to_owned());
    Settings::read(&Places { named, ..Places::default() }).map_err(Coded::new)?;
    println!("{} is right", file.display());
    Ok(())
}

fn schema(output: Output) {
    for key in &KEYS {
        match output {
            Output::Text => {
                let default =
                    key.default.map(|text| format!(", {text} by default")).unwrap_or_default();
                println!("{}: {}{default}\n    {}", key.name, key.form.word(), key.text);
            }
            Output::Json => println!(
                "{}",
                json!({"key": key.name, "form": key.form.word(), "default": key.default, "text": key.text})
            ),
        }
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Flag(flag) => (*flag).into(),
        Value::List(items) => items.iter().map(String::as_str).collect(),
    }
}
