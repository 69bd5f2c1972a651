//! What may be typed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

pub(crate) const USAGE: &str = "\
torture SCENARIO --binary FILE [--seed N] [--seconds N] [--times N] [--plain]
  power-cut  all nodes are killed together under load, 50 times
  faults     clients, leaders killed, pauses, partitions: what clients saw can be explained
  grow       1 -> 2 -> 3 -> 5 nodes under load, restarts one by one, and back to 1
  join       pairs of nodes that start at the same moment, 20 in each of three ways
  soak       mixed load for half an hour: memory, descriptors and disk stay flat
  short      a little of power-cut, faults and join
  --binary   the program `thorp`
  --seed     repeats the choices of a run
  --times    how many power cuts, or pairs
  --plain    no partitions, no file systems that lose power: needs no root";

/// A run as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    pub(crate) scenario: String,
    pub(crate) binary: PathBuf,
    pub(crate) seed: u64,
    pub(crate) seconds: Option<u64>,
    pub(crate) times: Option<u64>,
    pub(crate) plain: bool,
}

impl Arguments {
    /// `seed` counts unless another one is given.
    pub(crate) fn parse(words: &[&str], seed: u64) -> anyhow::Result<Self> {
        let [scenario, rest @ ..] = words else { bail!("{USAGE}") };
        let (scenario, mut rest) = ((*scenario).to_owned(), rest);
        let (mut binary, mut seed) = (None, seed);
        let (mut seconds, mut times, mut plain) = (None, None, false);
        let number = |word: &str| word.parse().with_context(|| format!("`{word}` is no number"));
        loop {
            rest = match rest {
                [] => break,
                ["--plain", after @ ..] => {
                    plain = true;
                    after
                }
                ["--binary", file, after @ ..] => {
                    let found = fs::canonicalize(file);
                    binary = Some(found.with_context(|| format!("there is no `{file}`"))?);
                    after
                }
                ["--seed", value, after @ ..] => {
                    seed = number(value)?;
                    after
                }
                ["--seconds", value, after @ ..] => {
                    seconds = Some(number(value)?);
                    after
                }
                ["--times", value, after @ ..] => {
                    times = Some(number(value)?);
                    after
                }
                [other, ..] => bail!("unknown or incomplete flag `{other}`\n{USAGE}"),
            };
        }
        let binary = binary.with_context(|| format!("--binary is missing\n{USAGE}"))?;
        ensure!(binary.is_file(), "`{}` is no program", binary.display());
        Ok(Self { scenario, binary, seed, seconds, times, plain })
    }
}

#[cfg(test)]
mod tests;
