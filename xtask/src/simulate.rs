//! `cargo xtask simulate`: clusters in virtual time, in the crate `sim`.

use crate::tools;

/// Builds the program of the crate and gives it `options`.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let program = ["run", "--quiet", "--locked", "--package", "sim", "--bin", "simulate", "--"];
    tools::succeeds(tools::cargo().args(program).args(options))
}
