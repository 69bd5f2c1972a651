//! `thorp node recover`: a survivor of a lost quorum becomes a cluster of one.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use thorp::node::{Options, Recovery};

use crate::cli::Output;
use crate::cli::cluster::RecoverArgs;
use crate::config::{Places, Settings, Value, keys};
use crate::console::{Coded, NotStarted, confirmed};

pub(crate) fn run(args: &RecoverArgs, output: Output) -> anyhow::Result<ExitCode> {
    let data = args.data.as_ref().map(|data| Value::Text(data.to_string_lossy().into_owned()));
    let flags = data.map(|data| (keys::DATA, "--data", data)).into_iter().collect();
    let places = Places { flags, ..Places::usual() };
    let settings = Settings::read(&places).map_err(Coded::new)?;
    let data = settings.text(keys::DATA).map_or_else(|| Options::default().data, PathBuf::from);

    let recovery = Recovery::open(&data).map_err(Coded::new)?;
    let (name, last_index) = (recovery.name().to_owned(), recovery.last_index());
    let forgotten: Vec<String> =
        recovery.forgotten().iter().map(|member| member.name.clone()).collect();
    eprintln!("`{name}` holds everything up to entry {last_index}");
    for member in recovery.forgotten() {
        eprintln!("`{}` at {} is forgotten, with what it alone holds", member.name, member.address);
    }
    if !args.yes && !confirmed(&format!("make a cluster of one of `{name}`?"))? {
        let text = format!("`{name}` was not made a cluster of one");
        return Err(NotStarted { text, help: Some("pass --yes".to_owned()) }.into());
    }
    recovery.recover().map_err(Coded::new)?;
    match output {
        Output::Text => println!("`{name}` is a cluster of one; start it with `thorp up`"),
        Output::Json => {
            let recovered = json!({
                "recovered": name, "last_index": last_index, "forgotten": forgotten,
            });
            println!("{recovered}");
        }
    }
    Ok(super::DONE)
}
