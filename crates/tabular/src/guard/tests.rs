use super::*;

#[test]
fn a_panic_becomes_an_error_and_the_guard_ends_with_it() {
    let decoded: Result<(), ReadError> = guarded("xlsx", || {
        assert!(is_guarded());
        let inner: Result<(), ReadError> = guarded("xlsx", || panic!("inner"));
        assert!(inner.is_err() && is_guarded());
        panic!("offset {} is past the end", 7)
    });
    assert_eq!(
        decoded.unwrap_err().to_string(),
        "not a readable xlsx table: the bytes are damaged (offset 7 is past the end)"
    );
    assert!(!is_guarded());
}
