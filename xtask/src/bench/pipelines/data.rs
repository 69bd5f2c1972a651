//! The inputs: tables made from a seed, the same on every machine.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

const CATEGORIES: [&str; 5] = ["garden", "kitchen", "clothing", "outdoor", "toys"];
const SEED: u64 = 20_261_121;

/// Writes `rows` rows of seven columns to `path` unless it is there: about 55 bytes a row.
pub(super) fn items(path: &Path, rows: u64) -> anyhow::Result<()> {
    table(path, "id,name,category,amount,quantity,created,active", |out| {
        let mut chance = Chance(SEED);
        for id in 1..=rows {
            let category = CATEGORIES.get(chance.index(CATEGORIES.len())).unwrap_or(&"toys");
            let amount = chance.below(1_000_000);
            let quantity = chance.below(100) + 1;
            let (year, month, day) =
                (2015 + chance.below(10), 1 + chance.below(12), 1 + chance.below(28));
            let active = chance.below(2) == 0;
            writeln!(
                out,
                "{id},item {id:07},{category},{}.{:02},{quantity},{year}-{month:02}-{day:02},{active}",
                amount / 100,
                amount % 100,
            )?;
        }
        Ok(())
    })
}

/// Writes a table to join with: an id, a label, a weight, for every tenth of `rows` items.
pub(super) fn labels(path: &Path, rows: u64) -> anyhow::Result<()> {
    table(path, "id,label,weight", |out| {
        let mut chance = Chance(SEED + 1);
        for id in (1..=rows).step_by(10) {
            writeln!(out, "{id},label {:05},{}", id % 100_000, chance.below(5000))?;
        }
        Ok(())
    })
}

fn table(
    path: &Path,
    header: &str,
    rows: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(&unfinished)?);
        writeln!(out, "{header}")?;
        rows(&mut out)?;
        out.flush()?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("failed to write `{}`", path.display()))
}

/// Numbers that look random. Method: splitmix64, <https://prng.di.unimi.it/splitmix64.c>.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn index(&mut self, length: usize) -> usize {
        let bound = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(bound)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
