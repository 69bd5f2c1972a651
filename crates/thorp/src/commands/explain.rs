//! `thorp explain`: the page of an error code.

use std::process::ExitCode;

use include_dir::{Dir, include_dir};
use serde_json::json;

use crate::cli::{ExplainArgs, Output};
use crate::console::NotStarted;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

pub(crate) fn run(args: &ExplainArgs, output: Output) -> anyhow::Result<ExitCode> {
    match &args.code {
        Some(code) => print_page(code, output)?,
        None => codes().for_each(|code| println!("{code}")),
    }
    Ok(super::DONE)
}

fn print_page(code: &str, output: Output) -> anyhow::Result<()> {
    let code = code.to_ascii_uppercase();
    let page = PAGES.get_file(format!("{code}.md")).and_then(|file| file.contents_utf8());
    let Some(page) = page else {
        let help = "`thorp explain` lists all codes".to_owned();
        return Err(NotStarted {
            text: format!("there is no error code `{code}`"),
            help: Some(help),
        }
        .into());
    };
    match output {
        Output::Text => print!("{page}"),
        Output::Json => println!("{}", json!({"code": code, "page": page})),
    }
    Ok(())
}

fn codes() -> impl Iterator<Item = &'static str> {
    PAGES.files().filter_map(|file| file.path().file_stem()?.to_str())
}
