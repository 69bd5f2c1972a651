//! What goes wrong with a database.

use model::fault::{Fault, Kind};

use crate::error::{Cause, RowError, StepError};

/// Why a database could not be used. Addresses and passwords never appear in it.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    #[error("failed to {action} in database `{database}`")]
    Refused {
        action: String,
        database: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(transparent)]
    Row(Box<RowError>),
    #[error("`{database}` is no usable database address: {problem}")]
    Address { database: String, problem: String },
    #[error("environment variable `{name}` is not set")]
    Variable { name: String },
    #[error("table `{table}`: {problem}")]
    Table { table: String, problem: String },
    #[error("database `{database}` was locked by another program for {seconds} s")]
    Locked { database: String, seconds: u64 },
    #[error("the record of the transaction is not readable")]
    Record,
    #[error("the run was stopped")]
    Stopped,
}

impl Fault for SqlError {
    fn code(&self) -> &'static str {
        match self {
            Self::Row(_) => "ROW_INVALID",
            Self::Locked { .. } => "DATABASE_LOCKED",
            Self::Stopped => "RUN_STOPPED",
            _ => "DATABASE_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Refused { .. } | Self::Locked { .. } | Self::Stopped => Kind::Unavailable,
            Self::Record => Kind::Bug,
            _ => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Locked { .. } => Some("end the program that writes to it, then run again".into()),
            Self::Variable { name } => Some(format!("set `{name}` to the address of the database")),
            _ => None,
        }
    }
}

impl From<SqlError> for StepError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Row(row) => (*row).into(),
            SqlError::Stopped => Self::new(Cause::Stopped),
            error => Self::outside("use the database", error),
        }
    }
}

/// The text of an error whose original could tell a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Told(pub String);
