//! The programs with which `torture` makes faults.

use crate::tools;

use super::debian;

/// A program, and the Debian package that brings it.
const PROGRAMS: [(&str, &str); 3] =
    [("strace", "strace"), ("faketime", "faketime"), ("ip", "iproute2")];

/// Installs those that are missing, where we may: `torture` names what it has to leave out.
pub(crate) fn install() {
    let is_missing = |(program, _): &&(&str, &str)| tools::find_program(program).is_none();
    let packages: Vec<&str> =
        PROGRAMS.iter().filter(is_missing).map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return;
    }
    if let Err(error) = debian::install(&packages) {
        eprintln!("!!! some faults will be left out: {error:#}");
    }
}
