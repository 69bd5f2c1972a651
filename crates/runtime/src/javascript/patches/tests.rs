use super::{Chain, Patches};
use crate::javascript::PatchError;
use crate::limits::{JAVASCRIPT_PATCHES_MAX, JAVASCRIPT_SOURCE_BYTES_MAX};

fn patches(sources: &[&str]) -> Patches {
    sources.iter().fold(Patches::default(), |list, source| list.with("p.js", source).unwrap())
}

fn missing(patches: &Patches, loaded: Chain) -> Option<Vec<usize>> {
    Some(patches.missing(loaded)?.map(|(number, _)| number).collect())
}

#[test]
fn patches_after_the_loaded_ones_are_missing() {
    let all = patches(&["a", "b", "c"]);

    assert_eq!(missing(&all, Chain::default()), Some(vec![1, 2, 3]));
    assert_eq!(missing(&all, patches(&["a"]).chain()), Some(vec![2, 3]));
    assert_eq!(missing(&all, all.chain()), Some(vec![]));
}

#[test]
fn another_source_under_the_same_number_is_not_brought_forward() {
    let all = patches(&["a", "b"]);

    assert_eq!(missing(&all, patches(&["a", "x"]).chain()), None);
    assert_eq!(missing(&all, patches(&["x"]).chain()), None);
}

#[test]
fn rollback_is_no_step_forward() {
    let all = patches(&["a", "b"]);

    assert_eq!(missing(&all.up_to(1), all.chain()), None);
    assert_eq!(all.up_to(1).chain(), patches(&["a"]).chain());
    assert_eq!(all.up_to(9).number(), 2);
}

#[test]
fn list_and_source_have_their_limits() {
    let long = "x".repeat(JAVASCRIPT_SOURCE_BYTES_MAX + 1);
    let refused = Patches::default().with("long.js", &long).unwrap_err();
    assert_eq!(refused, PatchError::Long { name: "long.js".into(), bytes: long.len() });

    let longest = "x".repeat(JAVASCRIPT_SOURCE_BYTES_MAX);
    let full = patches(&[longest.as_str(); 4]);
    let refused = full.with("p.js", "x").unwrap_err();
    assert_eq!(refused, PatchError::LongTogether { bytes: 4 * JAVASCRIPT_SOURCE_BYTES_MAX + 1 });

    let many = Patches { list: vec![full.list[0].clone(); JAVASCRIPT_PATCHES_MAX].into() };
    assert_eq!(many.with("p.js", "").unwrap_err(), PatchError::Many);
}
