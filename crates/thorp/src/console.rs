//! What goes to standard error: errors with their causes, and log lines.

use std::io::IsTerminal;

use model::fault::Fault;
use pipeline::secrets::Redactor;
use tracing_subscriber::EnvFilter;

use crate::client::{ClientError, NotFound};

/// A mistake in what was asked for: nothing was started.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct NotStarted {
    pub(crate) text: String,
    pub(crate) help: Option<String>,
}

/// An error with the code and help of a [`Fault`], kept when it becomes an [`anyhow::Error`].
#[derive(Debug)]
pub(crate) struct Coded {
    source: Box<dyn std::error::Error + Send + Sync>,
    pub(crate) code: &'static str,
    pub(crate) help: Option<String>,
}

impl Coded {
    /// Keeps what `fault` says about itself.
    pub(crate) fn new(fault: impl Fault + Send + Sync + 'static) -> Self {
        Self { code: fault.code(), help: fault.help(), source: Box::new(fault) }
    }

    /// As [`Coded::new`], without the values that `redactor` knows.
    pub(crate) fn redacted(fault: &(impl Fault + 'static), redactor: &Redactor) -> Self {
        let help = fault.help().map(|help| redactor.redact(&help));
        Self { code: fault.code(), help, source: Box::new(Told::of(fault, redactor)) }
    }
}

/// The texts of an error and of its causes.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Told {
    text: String,
    source: Option<Box<Told>>,
}

impl Told {
    fn of(error: &(dyn std::error::Error + 'static), redactor: &Redactor) -> Self {
        let source = error.source().map(|source| Box::new(Self::of(source, redactor)));
        Self { text: redactor.redact(&error.to_string()), source }
    }
}

impl std::fmt::Display for Coded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.source.fmt(f)
    }
}

impl std::error::Error for Coded {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

/// Log lines of warnings go to standard error; `THORP_LOG` chooses others. The consensus library
/// calls every message that comes late an error; what matters of it the node says itself.
pub(crate) fn start_logging() {
    let filter = EnvFilter::try_from_env("THORP_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,thorp=info,net=info,openraft=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .with_target(false)
        .init();
}

/// One line what failed, one per cause, the fix, and the code to look up.
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  caused by: {cause}");
    }
    let coded = error.chain().find_map(|cause| cause.downcast_ref::<Coded>());
    let help = coded
        .and_then(|coded| coded.help.clone())
        .or_else(|| error.downcast_ref::<NotStarted>().and_then(|mistake| mistake.help.clone()));
    let refused = match error.downcast_ref() {
        Some(ClientError::Refused(problem)) => Some(&**problem),
        _ => None,
    };
    let help = help
        .or_else(|| refused.and_then(|problem| problem.help.clone()))
        .or_else(|| error.downcast_ref::<NotFound>().and_then(Fault::help));
    if let Some(help) = help {
        eprintln!("  help: {help}");
    }
    let code = coded
        .map(|coded| coded.code)
        .or(refused.map(|problem| problem.code.as_str()))
        .or_else(|| error.downcast_ref::<NotFound>().map(Fault::code));
    if let Some(code) = code {
        eprintln!("  code: {code} (thorp explain {code})");
    }
}

/// 2 when nothing was started, 3 when there is no cluster to talk to, else 1.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let is_unreached = match error.downcast_ref::<Coded>() {
        Some(coded) => ["CLUSTER_NOT_FOUND", "CLUSTER_UNREACHABLE"].contains(&coded.code),
        None => matches!(error.downcast_ref(), Some(ClientError::Unreached { .. })),
    };
    match error {
        _ if error.is::<NotStarted>() => 2,
        _ if is_unreached || error.is::<NotFound>() => 3,
        _ => 1,
    }
}

/// Whether the person at the terminal agrees; nobody there is a no.
pub(crate) fn confirmed(question: &str) -> std::io::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "yes"))
}
