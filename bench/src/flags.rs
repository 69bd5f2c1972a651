//! Flags with a value each, as `--name value`.

use std::str::FromStr;

use anyhow::{Context, bail};

/// The flags of one command, in their order.
#[derive(Debug)]
pub(crate) struct Flags(Vec<(String, String)>);

impl Flags {
    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut flags = Vec::new();
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let Some(name) = flag.strip_prefix("--") else { bail!("`{flag}` is no flag") };
            let value = rest.next().with_context(|| format!("`{flag}` needs a value"))?;
            flags.push((name.to_owned(), value.clone()));
        }
        Ok(Self(flags))
    }

    /// All values of a flag.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(flag, _)| flag == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    pub(crate) fn text(&self, name: &str) -> anyhow::Result<&str> {
        self.optional(name).with_context(|| format!("`--{name}` is missing"))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> anyhow::Result<T> {
        let text = self.text(name)?;
        text.parse().ok().with_context(|| format!("`--{name} {text}` is no number that fits"))
    }
}
