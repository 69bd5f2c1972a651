use std::os::unix::fs::PermissionsExt;

use model::fault::Fault;

use super::{Secret, SecretError};

#[test]
fn secrets_under_128_bits_are_refused() {
    let hex = "0123456789abcdef0123456789abcde";
    assert!(matches!(Secret::parse(hex), Err(SecretError::Short { bits: 124 })));
    assert!(Secret::parse(&format!("{hex}f")).is_ok());
    let letters = "correct-horse-battery";
    assert!(matches!(Secret::parse(letters), Err(SecretError::Short { bits: 126 })));
    assert!(Secret::parse(&format!(" {letters}s \n")).is_ok());
    let error = Secret::parse("").unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.code()),
        ("the secret has 0 bits, fewer than 128", "SECRET_WEAK")
    );
}

#[test]
fn long_secrets_of_few_letters_are_refused() {
    let text = "abcabc".repeat(20);
    assert!(matches!(Secret::parse(&text), Err(SecretError::Monotonous { letters: 3 })));
}

#[test]
fn an_absent_file_is_made_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thorp/secret");
    let made = Secret::load_or_make(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Secret::load_or_make(&path).unwrap(), made);
    assert_ne!(Secret::random(), made);
}

#[test]
fn a_file_that_others_could_read_is_closed_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(Secret::load_or_make(&path).unwrap().reveal().len(), 32);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nodes_that_start_at_once_have_one_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let made: Vec<Secret> = std::thread::scope(|scope| {
        let all: Vec<_> =
            (0..8).map(|_| scope.spawn(|| Secret::load_or_make(&path).unwrap())).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(made.iter().all(|one| *one == made[0]));
}

#[test]
fn a_secret_is_not_shown_by_accident() {
    assert_eq!(format!("{:?}", Secret::random()), "Secret(..)");
}
