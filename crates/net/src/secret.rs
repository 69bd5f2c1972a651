//! The secret of a cluster: who knows it may join.

use std::fmt;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use model::fault::{Fault, Kind};
use ring::rand::SecureRandom;

use crate::files;
use crate::limits;

/// A secret of at least [`limits::SECRET_BITS_MIN`] bits. It is never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It could be guessed.
    #[error("the secret has {bits} bits, fewer than {}", limits::SECRET_BITS_MIN)]
    Short { bits: usize },
    /// It is long and yet could be guessed.
    #[error(
        "the secret has {letters} different letters, fewer than {}",
        limits::SECRET_LETTERS_MIN
    )]
    Monotonous { letters: usize },
    #[error("failed to read or make the secret file `{path}`")]
    File {
        path: String,
        #[source]
        source: io::Error,
    },
}

impl Fault for SecretError {
    fn code(&self) -> &'static str {
        match self {
            Self::Short { .. } | Self::Monotonous { .. } => "SECRET_WEAK",
            Self::File { .. } => "SECRET_UNREADABLE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Short { .. } | Self::Monotonous { .. } => Kind::Invalid,
            Self::File { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::File { .. } => None,
            _ => {
                Some("remove the file and a random secret is made, or: openssl rand -hex 32".into())
            }
        }
    }
}

impl Secret {
    /// A random secret of 256 bits.
    ///
    /// # Panics
    ///
    /// When the system has no random numbers, without which nothing here is safe.
    #[must_use]
    pub fn random() -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(random::<{ limits::SECRET_MADE_BYTES }>()))
    }

    /// The secret in `text`; white space around it does not belong to it.
    ///
    /// A letter counts as 4 bits when all of them are hexadecimal digits, else as 6.
    ///
    /// # Errors
    ///
    /// When it could be guessed.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        let bits_per_letter = if text.chars().all(|c| c.is_ascii_hexdigit()) { 4 } else { 6 };
        let bits = text.chars().count() * bits_per_letter;
        if bits < limits::SECRET_BITS_MIN {
            return Err(SecretError::Short { bits });
        }
        let letters = text.chars().collect::<std::collections::BTreeSet<_>>().len();
        if letters < limits::SECRET_LETTERS_MIN {
            return Err(SecretError::Monotonous { letters });
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret in the file at `path`, which is made with a random one when it is absent.
    ///
    /// Of nodes that start at the same moment one makes the file, and all have its secret.
    ///
    /// # Errors
    ///
    /// When the secret could be guessed or the file cannot be read or made.
    pub fn load_or_make(path: &Path) -> Result<Self, SecretError> {
        let failed = |source| SecretError::File { path: path.display().to_string(), source };
        if let Some(text) = files::read(path, limits::SECRET_BYTES_MAX).map_err(failed)? {
            files::close_to_others(path).map_err(failed)?;
            return Self::parse(&text);
        }
        if let Some(folder) = path.parent() {
            files::make_folder(folder).map_err(failed)?;
        }
        let made = Self::random();
        if files::create(path, format!("{}\n", made.0).as_bytes(), files::OWNER_ONLY)
            .map_err(failed)?
        {
            return Ok(made);
        }
        let text = files::read(path, limits::SECRET_BYTES_MAX).map_err(failed)?;
        Self::parse(&text.unwrap_or_default())
    }

    /// Writes the secret into the file at `path`, which only its owner may read.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn keep(&self, path: &Path) -> Result<(), SecretError> {
        let failed = |source| SecretError::File { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            files::make_folder(folder).map_err(failed)?;
        }
        files::replace(path, format!("{}\n", self.0).as_bytes(), files::OWNER_ONLY).map_err(failed)
    }

    /// The text itself, for a token.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let random = ring::rand::SystemRandom::new();
    random.fill(&mut bytes).expect("the system has random numbers");
    bytes
}

#[cfg(test)]
mod tests;
