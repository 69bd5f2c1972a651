//! Where a database is: addresses as SQLAlchemy writes them, without ever showing a secret.

mod postgres;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use postgres::Server;

use super::error::{SqlError, Told};
use crate::context::Context;

/// A kind of database with what is needed to reach it.
#[derive(Debug, Clone)]
pub enum Engine {
    /// A file; `None` is a database in memory.
    Sqlite(Option<PathBuf>),
    Postgres(Box<Server>),
}

/// The address of a database, and how it may be shown.
#[derive(Clone)]
pub struct Address {
    pub engine: Engine,
    /// `env://NAME`, or the address without its password.
    pub shown: String,
    /// Relative paths start here.
    pub base_dir: PathBuf,
    /// The address as it is; never shown.
    full: String,
    /// The address came out of the environment, so that no part of it may be shown.
    is_secret: bool,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Address {
    /// The address that `written` means: itself, or what the variable of an `env://NAME` holds.
    ///
    /// # Errors
    ///
    /// [`SqlError`] when the variable is not set or the address has no meaning.
    pub fn parse(written: &str, ctx: &Context) -> Result<Self, SqlError> {
        let address = Self::resolve(written, &ctx.environment, &ctx.base_dir)?;
        if let Some(name) = written.strip_prefix("env://") {
            ctx.redactor.add(name, &address.full);
        }
        Ok(address)
    }

    /// As [`Address::parse`], outside a run.
    ///
    /// # Errors
    ///
    /// As [`Address::parse`].
    pub fn resolve(
        written: &str,
        environment: &BTreeMap<String, String>,
        base_dir: &Path,
    ) -> Result<Self, SqlError> {
        let variable = written.strip_prefix("env://");
        let full = match variable {
            Some(name) => {
                environment.get(name).ok_or_else(|| SqlError::Variable { name: name.to_owned() })?
            }
            None => written,
        };
        let shown = if variable.is_some() { written.to_owned() } else { without_password(full) };
        let engine = engine(full, environment, base_dir)
            .map_err(|problem| SqlError::Address { database: shown.clone(), problem })?;
        Ok(Self {
            engine,
            shown,
            base_dir: base_dir.to_owned(),
            full: full.to_owned(),
            is_secret: variable.is_some(),
        })
    }

    /// The SQLite database in the file at `path`; errors call it `shown`.
    pub fn of_file(path: PathBuf, shown: &str) -> Self {
        Self {
            full: path.display().to_string(),
            engine: Engine::Sqlite(Some(path)),
            shown: shown.to_owned(),
            base_dir: PathBuf::new(),
            is_secret: false,
        }
    }

    /// What tells databases apart: two addresses of one database may differ, no two databases
    /// share one.
    pub fn key(&self) -> String {
        match &self.engine {
            Engine::Sqlite(None) => ":memory:".into(),
            Engine::Sqlite(Some(path)) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                // A file that is still to be made has the name that it will have then.
                let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
                let made = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
                let made = made.unwrap_or(path);
                made.canonicalize().unwrap_or(made).display().to_string()
            }
            Engine::Postgres(_) => self.full.clone(),
        }
    }

    /// The failure of `action`.
    pub fn refused(
        &self,
        action: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> SqlError {
        SqlError::Refused {
            action: action.into(),
            database: self.shown.clone(),
            source: source.into(),
        }
    }

    /// The failure to connect, with everything taken out that the address does not show.
    pub fn unreachable(&self, text: &str) -> SqlError {
        let mut text = text.replace(&self.full, &self.shown);
        for secret in self.secrets().iter().filter(|secret| !secret.is_empty()) {
            text = text.replace(secret.as_str(), "***");
        }
        self.refused("connect", Told(text))
    }

    fn secrets(&self) -> Vec<String> {
        match &self.engine {
            Engine::Sqlite(Some(path)) if self.is_secret => vec![path.display().to_string()],
            Engine::Sqlite(_) => Vec::new(),
            Engine::Postgres(server) => {
                let config = &server.config;
                let password = config.get_password().map(|bytes| String::from_utf8_lossy(bytes));
                let mut secrets = vec![password.unwrap_or_default().into_owned()];
                if self.is_secret {
                    secrets.extend(config.get_user().map(str::to_owned));
                    secrets.extend(config.get_dbname().map(str::to_owned));
                    secrets.extend(config.get_hosts().iter().map(host_text));
                    secrets.extend(server.tls.paths().map(|path| path.display().to_string()));
                }
                secrets
            }
        }
    }
}

fn host_text(host: &tokio_postgres::config::Host) -> String {
    match host {
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
    }
}

fn engine(
    url: &str,
    environment: &BTreeMap<String, String>,
    base_dir: &Path,
) -> Result<Engine, String> {
    let (scheme, rest) =
        url.split_once("://").ok_or("write `sqlite:///file.db` or `postgresql://…`")?;
    let dialect = scheme.split_once('+').map_or(scheme, |(dialect, _)| dialect);
    match dialect {
        "sqlite" => sqlite(rest, base_dir),
        "postgresql" | "postgres" => postgres::parse(rest, environment, base_dir)
            .map(|server| Engine::Postgres(Box::new(server))),
        other => Err(format!("`{other}` is not supported; use `sqlite` or `postgresql`")),
    }
}

fn sqlite(rest: &str, base_dir: &Path) -> Result<Engine, String> {
    let path = rest.split_once('?').map_or(rest, |(path, _)| path);
    if path.is_empty() {
        return Ok(Engine::Sqlite(None));
    }
    match path.strip_prefix('/') {
        Some("" | ":memory:") => Ok(Engine::Sqlite(None)),
        Some(path) => Ok(Engine::Sqlite(Some(base_dir.join(path)))),
        None => Err("a file is written with three slashes, `sqlite:///file.db`, from the root \
                     with four"
            .into()),
    }
}

/// The address without the password before the host or among its parameters.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(not an address)".into() };
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let base = match base.rsplit_once('@') {
        Some((credentials, host)) => {
            let user = credentials.split_once(':').map_or(credentials, |(user, _)| user);
            format!("{user}@{host}")
        }
        None => base.to_owned(),
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.to_ascii_lowercase().contains("password"))
        .collect();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{base}{query}")
}

#[cfg(test)]
mod tests;
