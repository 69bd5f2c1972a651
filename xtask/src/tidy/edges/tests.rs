use super::{Crate, LADDER, check};

/// The whole ladder, in which `name` uses `used` and nothing else is used.
fn complaints(name: &str, used: &str) -> Vec<String> {
    let crates: Vec<Crate> = LADDER
        .iter()
        .map(|(rung, _)| Crate {
            name: (*rung).to_owned(),
            uses: if *rung == name { vec![used.to_owned()] } else { Vec::new() },
        })
        .collect();
    check(&crates).iter().map(ToString::to_string).collect()
}

#[test]
fn crate_may_use_its_rung_and_all_below() {
    assert!(complaints("pipeline", "tabular").is_empty());
    assert!(complaints("pipeline", "model").is_empty());
    assert!(complaints("thorp", "store").is_empty());
    assert!(complaints("model", "serde_json").is_empty());
}

#[test]
fn crate_may_not_use_a_sibling_or_one_above() {
    assert_eq!(complaints("tabular", "store"), ["tabular: may not use `store`"]);
    assert_eq!(complaints("model", "pipeline"), ["model: may not use `pipeline`"]);
    assert_eq!(complaints("xtask", "model"), ["xtask: may not use `model`"]);
}

#[test]
fn heavy_dependency_stays_with_its_owner() {
    assert!(complaints("pipeline", "datafusion").is_empty());
    assert_eq!(
        complaints("tabular", "datafusion"),
        ["tabular: may not use `datafusion`, which belongs to `pipeline`"]
    );
}

#[test]
fn ladder_and_workspace_name_the_same_crates() {
    let crates = [Crate { name: "common".to_owned(), uses: Vec::new() }];
    let complaints: Vec<String> = check(&crates).iter().map(ToString::to_string).collect();
    assert!(complaints.contains(&"common: does not stand in the ladder of crates".to_owned()));
    assert!(
        complaints.contains(&"model: stands in the ladder of crates and does not exist".to_owned())
    );
}
