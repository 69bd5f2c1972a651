//! Flags with a value each, as `--name value`.

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};

/// The flags of one bench.
#[derive(Debug)]
pub(super) struct Flags<'a> {
    given: Vec<(&'a str, &'a str)>,
    usage: &'static str,
}

impl<'a> Flags<'a> {
    /// Reads `arguments`, which may have the flags that `usage` names.
    pub(super) fn parse(arguments: &[&'a str], usage: &'static str) -> anyhow::Result<Self> {
        let mut given = Vec::new();
        let mut rest = arguments;
        while let [flag, value, after @ ..] = rest {
            let is_known = flag.starts_with("--")
                && usage.split([' ', '[', ']', '\n']).any(|word| word == *flag);
            ensure!(is_known, "unknown flag `{flag}`\n{usage}");
            given.push((*flag, *value));
            rest = after;
        }
        ensure!(rest.is_empty(), "`{}` needs a value\n{usage}", rest.join(" "));
        Ok(Self { given, usage })
    }

    pub(super) fn text(&self, flag: &str) -> Option<&'a str> {
        self.given.iter().rev().find(|(name, _)| *name == flag).map(|(_, value)| *value)
    }

    pub(super) fn number<T: FromStr>(&self, flag: &str, usual: T) -> anyhow::Result<T> {
        self.text(flag).map_or(Ok(usual), |text| self.read(flag, text))
    }

    /// Numbers with commas between them.
    pub(super) fn numbers<T: FromStr + Copy>(
        &self,
        flag: &str,
        usual: &[T],
    ) -> anyhow::Result<Vec<T>> {
        let Some(text) = self.text(flag) else { return Ok(usual.to_vec()) };
        text.split(',').map(|text| self.read(flag, text)).collect()
    }

    fn read<T: FromStr>(&self, flag: &str, text: &str) -> anyhow::Result<T> {
        text.parse().ok().with_context(|| format!("{flag} wants numbers\n{}", self.usage))
    }

    /// Those of `all` that are named, with commas between them; all when the flag is absent.
    pub(super) fn chosen<T: Copy + Display>(
        &self,
        flag: &str,
        all: &[T],
    ) -> anyhow::Result<Vec<T>> {
        let Some(text) = self.text(flag) else { return Ok(all.to_vec()) };
        let mut chosen = Vec::new();
        for name in text.split(',').filter(|name| !name.is_empty()) {
            match all.iter().find(|one| one.to_string() == name) {
                Some(one) => chosen.push(*one),
                None => bail!("{flag} does not know `{name}`\n{}", self.usage),
            }
        }
        Ok(chosen)
    }

    /// A file that exists.
    pub(super) fn file(&self, flag: &str) -> anyhow::Result<Option<PathBuf>> {
        let open =
            |path| fs::canonicalize(path).with_context(|| format!("failed to find `{path}`"));
        self.text(flag).map(open).transpose()
    }
}

#[cfg(test)]
mod tests;
