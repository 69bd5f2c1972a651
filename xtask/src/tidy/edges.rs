//! Which crate may use which, and which crate alone owns a heavy dependency.

use std::collections::BTreeSet;

use cargo_metadata::Metadata;

use super::Complaint;

/// A crate may use the ones named and everything those may use; nothing else.
const LADDER: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("tabular", &["model"]),
    ("structures", &["model"]),
    ("net", &["model"]),
    ("store", &["model"]),
    ("runtime", &["model"]),
    ("state", &["structures", "net"]),
    ("pipeline", &["tabular", "store", "runtime"]),
    ("control", &["state", "runtime"]),
    ("gateway", &["control"]),
    ("thorp", &["pipeline", "gateway"]),
    ("bench", &["thorp"]),
    ("sim", &["state"]),
    ("torture", &["sim"]),
    ("xtask", &[]),
];

/// Dependencies that cost much or tie us to a library, and the crates that may name them.
const OWNED: &[(&str, &[&str])] = &[
    ("arrow", &["tabular", "pipeline"]),
    ("axum", &["gateway"]),
    ("calamine", &["tabular"]),
    ("openraft", &["state"]),
    ("parquet", &["tabular"]),
    ("rust_xlsxwriter", &["tabular"]),
    ("object_store", &["store"]),
    ("reqwest", &["store", "pipeline", "gateway", "thorp", "torture"]),
    ("datafusion", &["pipeline"]),
    ("tokio-postgres", &["pipeline"]),
    ("rusqlite", &["tabular", "pipeline", "state"]),
    ("tonic", &["net", "bench"]),
    ("rcgen", &["net", "gateway"]),
    ("mdns-sd", &["net"]),
    ("rquickjs", &["runtime", "bench"]),
    ("clap", &["thorp"]),
];

/// One crate of the workspace and the names of what it uses, its tests included.
#[derive(Debug)]
pub(super) struct Crate {
    name: String,
    uses: Vec<String>,
}

pub(super) fn crates_of(metadata: &Metadata) -> Vec<Crate> {
    let packages = metadata.workspace_packages();
    packages
        .iter()
        .map(|package| Crate {
            name: package.name.to_string(),
            uses: package.dependencies.iter().map(|dependency| dependency.name.clone()).collect(),
        })
        .collect()
}

pub(super) fn check(crates: &[Crate]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let names: BTreeSet<&str> = crates.iter().map(|one| one.name.as_str()).collect();
    for (name, _) in LADDER.iter().filter(|(name, _)| !names.contains(name)) {
        complaints.push(Complaint::new(name, "stands in the ladder of crates and does not exist"));
    }
    for one in crates {
        if !LADDER.iter().any(|(name, _)| *name == one.name) {
            complaints.push(Complaint::new(&one.name, "does not stand in the ladder of crates"));
            continue;
        }
        let permitted = reachable(&one.name);
        for used in &one.uses {
            if names.contains(used.as_str()) && !permitted.contains(used.as_str()) {
                complaints.push(Complaint::new(&one.name, format!("may not use `{used}`")));
            }
            if let Some((_, owners)) = OWNED.iter().find(|(name, _)| name == used)
                && !owners.contains(&one.name.as_str())
            {
                let owners = owners.join("`, `");
                let text = format!("may not use `{used}`, which belongs to `{owners}`");
                complaints.push(Complaint::new(&one.name, text));
            }
        }
    }
    complaints
}

/// All crates that `name` may use.
fn reachable(name: &str) -> BTreeSet<&'static str> {
    let direct = LADDER.iter().find(|(rung, _)| *rung == name).map_or(&[][..], |(_, uses)| uses);
    let mut found = BTreeSet::new();
    for used in direct {
        found.insert(*used);
        found.extend(reachable(used));
    }
    found
}

#[cfg(test)]
mod tests;
