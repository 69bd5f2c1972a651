use std::fs::File;
use std::path::Path;
use std::time::Duration;

use super::{CLAIM, Registry, file_system_now};
use crate::cluster::ClusterName;
use crate::discovery::{Claim, Discovery, Me};
use crate::limits;

fn registry(folder: &Path, port: u16) -> Registry {
    let address = format!("10.0.0.1:{port}").parse().unwrap();
    Registry::new(
        Me { cluster: ClusterName::default(), address, host: "box".into() },
        folder.to_owned(),
    )
}

/// Makes a file look as if it was written `ms` ago.
fn age(path: &Path, ms: u64) {
    let past = file_system_now(path.parent().unwrap()).unwrap() - Duration::from_millis(ms);
    File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
}

async fn seen(registry: &Registry) -> Vec<String> {
    registry.look().await.unwrap().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_entry_has_the_address_as_name_and_the_machine_as_text() {
    let folder = tempfile::tempdir().unwrap();
    registry(folder.path(), 1).announce().await.unwrap();
    let text = std::fs::read_to_string(folder.path().join("10.0.0.1:1")).unwrap();
    assert_eq!(text, "box\n");
}

#[tokio::test]
async fn an_expired_entry_is_ignored_and_swept() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (registry(folder.path(), 1), registry(folder.path(), 2));
    one.announce().await.unwrap();
    let entry = folder.path().join("10.0.0.1:1");
    age(&entry, limits::REGISTRY_EXPIRY_MS - 1_000);
    assert_eq!(seen(&two).await, ["10.0.0.1:1"]);
    one.announce().await.unwrap();
    assert_eq!(seen(&two).await, ["10.0.0.1:1"], "a sign of life");
    age(&entry, limits::REGISTRY_EXPIRY_MS + 1_000);
    assert!(seen(&two).await.is_empty());
    assert!(!entry.exists());
}

#[tokio::test]
async fn other_files_in_the_folder_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["README", ".10.0.0.1:1", "a b:1", "\u{e4}:1"] {
        std::fs::write(folder.path().join(name), "x").unwrap();
        age(&folder.path().join(name), limits::REGISTRY_EXPIRY_MS * 10);
    }
    assert!(seen(&registry(folder.path(), 2)).await.is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[tokio::test]
async fn a_claim_is_void_after_ten_seconds_without_its_founder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (registry(folder.path(), 1), registry(folder.path(), 2));
    assert_eq!(one.claim().await.unwrap(), Claim::Founder);
    assert_eq!(two.claim().await.unwrap(), Claim::Wait);
    age(&folder.path().join(CLAIM), limits::CLAIM_EXPIRY_MS - 1_000);
    assert_eq!(two.claim().await.unwrap(), Claim::Wait);
    age(&folder.path().join(CLAIM), limits::CLAIM_EXPIRY_MS + 1_000);
    assert_eq!(two.claim().await.unwrap(), Claim::Founder);
    assert_eq!(one.claim().await.unwrap(), Claim::Wait);
}

#[tokio::test]
async fn a_claim_whose_founder_is_ready_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (registry(folder.path(), 1), registry(folder.path(), 2));
    assert_eq!(one.claim().await.unwrap(), Claim::Founder);
    one.announce().await.unwrap();
    age(&folder.path().join(CLAIM), limits::CLAIM_EXPIRY_MS * 100);
    assert_eq!(two.claim().await.unwrap(), Claim::Wait);
    one.withdraw().await.unwrap();
    assert_eq!(two.claim().await.unwrap(), Claim::Founder);
}

#[tokio::test]
async fn who_does_not_register_only_looks() {
    let folder = tempfile::tempdir().unwrap();
    let me = registry(folder.path(), 1).0.me.clone();
    let silent = Registry::with(me, folder.path().to_owned(), false, None);
    silent.announce().await.unwrap();
    assert!(silent.beat().is_none());
    registry(folder.path(), 2).announce().await.unwrap();
    assert_eq!(seen(&silent).await, ["10.0.0.1:2"]);
    assert!(seen(&registry(folder.path(), 3)).await.iter().all(|one| one != "10.0.0.1:1"));
}

#[tokio::test]
async fn only_the_required_member_founds() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (registry(folder.path(), 1), registry(folder.path(), 2));
    let required = Some(one.0.me.address.clone());
    let with = |me: &Registry| {
        Registry::with(me.0.me.clone(), folder.path().to_owned(), true, required.clone())
    };
    assert_eq!(with(&two).claim().await.unwrap(), Claim::Wait);
    assert_eq!(seen(&with(&two)).await, ["10.0.0.1:1"]);
    assert_eq!(with(&one).claim().await.unwrap(), Claim::Founder);
}
