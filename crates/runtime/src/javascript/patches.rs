//! The numbered sources that make up the environment of a context.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::error::PatchError;
use crate::limits::{
    JAVASCRIPT_PATCHES_BYTES_MAX, JAVASCRIPT_PATCHES_MAX, JAVASCRIPT_SOURCE_BYTES_MAX,
};

/// Sources in the order in which they are loaded; cheap to clone. The first one has number 1.
#[derive(Debug, Clone, Default)]
pub struct Patches {
    list: Arc<[Patch]>,
}

#[derive(Debug, Clone)]
pub(super) struct Patch {
    pub(super) name: Arc<str>,
    pub(super) source: Arc<str>,
    /// Stands for this patch and all before it.
    chain: Chain,
}

/// What has been loaded, as a number and a hash: the same number can stand for other sources after
/// a rollback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chain {
    number: usize,
    hash: [u8; 32],
}

impl Patches {
    /// The list with one more patch, whose errors name it `name`.
    ///
    /// # Errors
    ///
    /// [`PatchError`] when the list or the source is too long.
    pub fn with(&self, name: &str, source: &str) -> Result<Self, PatchError> {
        if self.list.len() >= JAVASCRIPT_PATCHES_MAX {
            return Err(PatchError::Many);
        }
        if source.len() > JAVASCRIPT_SOURCE_BYTES_MAX {
            return Err(PatchError::Long { name: name.into(), bytes: source.len() });
        }
        let bytes = source.len() + self.list.iter().map(|patch| patch.source.len()).sum::<usize>();
        if bytes > JAVASCRIPT_PATCHES_BYTES_MAX {
            return Err(PatchError::LongTogether { bytes });
        }
        let chain = self.chain().with(name, source);
        // The engine takes names up to the first zero.
        let name = name.replace('\0', " ").into();
        let patch = Patch { name, source: source.into(), chain };
        Ok(Self { list: self.list.iter().cloned().chain([patch]).collect() })
    }

    /// The first `number` patches.
    #[must_use]
    pub fn up_to(&self, number: usize) -> Self {
        Self { list: self.list.iter().take(number).cloned().collect() }
    }

    /// The number of the last patch; 0 when there is none.
    pub fn number(&self) -> usize {
        self.list.len()
    }

    pub(super) fn chain(&self) -> Chain {
        self.list.last().map_or_else(Chain::default, |patch| patch.chain)
    }

    /// The patches that are missing where `loaded` was loaded, with their numbers; `None` when
    /// something else was loaded there.
    pub(super) fn missing(&self, loaded: Chain) -> Option<impl Iterator<Item = (usize, &Patch)>> {
        (self.up_to_chain(loaded.number) == Some(loaded))
            .then(|| (1..).zip(self.list.iter()).skip(loaded.number))
    }

    fn up_to_chain(&self, number: usize) -> Option<Chain> {
        match number.checked_sub(1) {
            None => Some(Chain::default()),
            Some(index) => self.list.get(index).map(|patch| patch.chain),
        }
    }
}

impl Patch {
    pub(super) fn chain(&self) -> Chain {
        self.chain
    }
}

impl Chain {
    pub(super) fn number(self) -> usize {
        self.number
    }

    fn with(self, name: &str, source: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.hash);
        hash.update(name.len().to_be_bytes());
        hash.update(name);
        hash.update(source);
        Self { number: self.number + 1, hash: hash.finalize().into() }
    }
}

#[cfg(test)]
mod tests;
