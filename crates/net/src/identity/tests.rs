use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use model::fault::Fault;

use super::{Authority, Grant, Identity, IdentityError, NodeKey, PeerId, Place};
use crate::cluster::ClusterName;
use crate::limits;
use crate::testing::HandClock;

fn place(id: u64) -> Place {
    Place { cluster: ClusterName::default(), id, name: format!("node-{id}") }
}

fn founder(data: &Path) -> Identity {
    let mut identity = Identity::open(data).unwrap();
    identity.found(place(1)).unwrap();
    identity
}

fn modes_below(data: &Path) -> BTreeSet<u32> {
    let files = std::fs::read_dir(data.join("identity")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777).collect()
}

#[test]
fn a_key_is_made_once_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let made = Identity::open(data.path()).unwrap();
    assert!(made.membership().is_none());
    let again = Identity::open(data.path()).unwrap();
    assert_eq!(again.key().peer(), made.key().peer());
    assert_eq!(modes_below(data.path()), BTreeSet::from([0o600]));
}

#[test]
fn a_founder_finds_its_place_again() {
    let data = tempfile::tempdir().unwrap();
    let founded = founder(data.path()).membership().unwrap().fingerprint();
    let again = Identity::open(data.path()).unwrap();
    assert_eq!(again.membership().unwrap().place, place(1));
    assert_eq!(again.membership().unwrap().fingerprint(), founded);
    assert_eq!(modes_below(data.path()), BTreeSet::from([0o600]));
}

#[test]
fn who_adopts_a_place_elsewhere_leaves_the_old_one() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = founder(one.path());
    let mut guest = founder(two.path());
    let credentials = guest.credentials(Arc::new(HandClock::at(1))).unwrap();
    credentials.set_removed(BTreeSet::from([host.key().peer()])).unwrap();

    let grant = Grant::of(&host.membership().unwrap().authority);
    guest.adopt(place(2), &grant).unwrap();
    let again = Identity::open(two.path()).unwrap();
    assert_eq!(again.membership().unwrap().place, place(2));
    let fingerprint = host.membership().unwrap().fingerprint();
    assert_eq!(again.membership().unwrap().fingerprint(), fingerprint);
    assert_eq!(grant.fingerprint(), Some(fingerprint));
    let files = std::fs::read_dir(two.path().join("identity")).unwrap().count();
    assert_eq!(files, 2, "the old authority and the nodes that it removed are gone");
}

#[test]
fn damage_and_newer_formats_are_told_apart() {
    let data = tempfile::tempdir().unwrap();
    founder(data.path());
    let path = data.path().join("node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let codes = |text: &str| {
        std::fs::write(&path, text).unwrap();
        Identity::open(data.path()).map_err(|error| error.code()).map(|_| ())
    };
    assert_eq!(codes(&text), Ok(()));
    let newer = text.replace("format = 1", "format = 2\nwhat = \"new\"");
    assert_eq!(codes(&newer), Err("IDENTITY_NEWER"));
    assert_eq!(codes(&text.replace("id = 1", "id = x")), Err("IDENTITY_DAMAGED"));
    assert_eq!(codes("format = 1"), Err("IDENTITY_DAMAGED"));
    let other = text.replace("authority = \"", "authority = \"0");
    assert_eq!(codes(&other), Err("IDENTITY_DAMAGED"));
}

#[test]
fn any_bytes_in_the_files_are_an_error() {
    let data = tempfile::tempdir().unwrap();
    founder(data.path());
    for file in std::fs::read_dir(data.path().join("identity")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for damage in [&b""[..], b"\xff\xfe", &bytes[..bytes.len() / 2], &[b'-'; 100_000]] {
            std::fs::write(&path, damage).unwrap();
            assert!(Identity::open(data.path()).is_err(), "{}", path.display());
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    Identity::open(data.path()).unwrap();
}

#[test]
fn a_node_without_a_place_has_no_credentials() {
    let data = tempfile::tempdir().unwrap();
    let identity = Identity::open(data.path()).unwrap();
    let error = identity.credentials(Arc::new(HandClock::at(1))).unwrap_err();
    assert!(matches!(error, IdentityError::NoMember));
}

#[test]
fn a_certificate_is_renewed_by_the_clock_alone() {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(HandClock::at(1_800_000_000_000));
    let credentials = founder(data.path()).credentials(clock.clone()).unwrap();
    let first = credentials.shown().certified().cert[0].clone();
    clock.pass(limits::CERTIFICATE_RENEW_MS - 1);
    assert_eq!(credentials.shown().certified().cert[0], first);
    clock.pass(1);
    let second = credentials.shown().certified().cert[0].clone();
    assert_ne!(second, first);
    assert_eq!(PeerId::of(&second), Some(credentials.peer()));
    clock.set(1_700_000_000_000);
    assert_ne!(credentials.shown().certified().cert[0], second, "a clock that was set back");
}

#[test]
fn a_certificate_does_not_look_self_signed() {
    let data = tempfile::tempdir().unwrap();
    let credentials = founder(data.path()).credentials(Arc::new(HandClock::at(1))).unwrap();
    let certified = credentials.shown().certified();
    let name = b"thorp node";
    let is_named = |at: usize| certified.cert[at].windows(name.len()).any(|part| part == name);
    assert!(is_named(0), "OpenSSL takes a certificate for self-signed that is named as its issuer");
    assert!(!is_named(1), "so the authority has another name");
}

#[test]
fn removed_nodes_are_remembered_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let identity = founder(data.path());
    let clock = Arc::new(HandClock::at(1));
    let removed = PeerId::from_bytes(&[7; 32]).unwrap();
    let credentials = identity.credentials(clock.clone()).unwrap();
    credentials.set_removed(BTreeSet::from([removed])).unwrap();
    let again = Identity::open(data.path()).unwrap().credentials(clock).unwrap();
    assert!(again.is_removed(&removed) && !again.is_removed(&identity.key().peer()));
}

#[test]
fn the_node_of_a_certificate_is_its_key() {
    let authority = Authority::found().unwrap();
    let key = NodeKey::generate().unwrap();
    let certificate = authority.issue(&**key.pair(), &["node".into()], 0).unwrap();
    assert_eq!(PeerId::of(&certificate), Some(key.peer()));
    assert_eq!(PeerId::of(&b"no certificate".to_vec().into()), None);
}
