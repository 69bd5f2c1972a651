//! The `thorp` program.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "this is the rim: results go to standard output, all else to standard error"
)]

mod cli;
mod client;
mod commands;
mod config;
mod console;
mod interrupt;
mod panic;
mod table;

use std::process::ExitCode;

use clap::Parser;

/// Rows are made by one thread and dropped by another, which the allocator of the system does slowly:
/// a node spends a sixth less on a write with this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panic::set_hook();
    panic::caught(|| {
        let cli = cli::Cli::parse();
        console::start_logging();
        match commands::run(&cli) {
            Ok(code) => code,
            Err(error) => {
                console::print_error(&error);
                ExitCode::from(console::exit_code(&error))
            }
        }
    })
}
