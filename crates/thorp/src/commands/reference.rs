//! `thorp reference`: the pages of the reference, made from the code that they describe.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use pipeline::definition::{Definition, Role};
use pipeline::processors::PROCESSORS;

use crate::cli::Cli;

pub(crate) fn run(folder: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("cli.md"), cli()?)?;
    std::fs::write(folder.join("processors.md"), processors()?)?;
    Ok(super::DONE)
}

fn cli() -> Result<String, std::fmt::Error> {
    let mut page = String::from("# The command line\n\nMade by `thorp reference`.\n");
    let mut root = Cli::command().term_width(100);
    root.build();
    command(&mut page, &mut root, "thorp")?;
    Ok(page)
}

fn command(page: &mut String, command: &mut clap::Command, path: &str) -> std::fmt::Result {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(page, "\n## {path}\n\n```text\n{}\n```\n", lines.join("\n").trim_end())?;
    let visible = command.get_subcommands_mut();
    for sub in visible.filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        let path = format!("{path} {}", sub.get_name());
        self::command(page, sub, &path)?;
    }
    Ok(())
}

fn processors() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# Processors\n\nMade by `thorp reference`.\nKeys may be written with hyphens or underscores, unless the page says otherwise.\n",
    );
    let groups =
        [(Role::Source, "Sources"), (Role::Transform, "Transforms"), (Role::Sink, "Sinks")];
    for (role, title) in groups {
        write!(page, "\n## {title}\n")?;
        for definition in PROCESSORS.iter().filter(|definition| definition.role == role) {
            processor(&mut page, definition)?;
        }
    }
    Ok(page)
}

fn processor(page: &mut String, definition: &Definition) -> std::fmt::Result {
    write!(page, "\n### {}\n\n{}.\n", definition.name, definition.summary.trim_end_matches('.'))?;
    if !definition.aliases.is_empty() {
        writeln!(page, "Also called `{}`.", definition.aliases.join("`, `"))?;
    }
    if definition.parameters.is_empty() {
        return Ok(());
    }
    page.push_str("\n| parameter | form | default | |\n|---|---|---|---|\n");
    for parameter in definition.parameters {
        let text = parameter.text.replace('|', "\\|");
        writeln!(
            page,
            "| `{}` | {} | {} | {text} |",
            parameter.name, parameter.form, parameter.default
        )?;
    }
    Ok(())
}
