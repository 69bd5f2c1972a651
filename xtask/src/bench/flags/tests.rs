use super::Flags;

const USAGE: &str = "cargo xtask bench X [--only NAME,...] [--rows N]\n  --binary  a file";

#[test]
fn flags_are_those_of_the_usage() {
    let flags = Flags::parse(&["--only", "a,c", "--rows", "7"], USAGE).unwrap();
    assert_eq!(flags.chosen("--only", &["a", "b", "c"]).unwrap(), ["a", "c"]);
    assert_eq!(flags.number("--rows", 1_u64).unwrap(), 7);
    assert_eq!(flags.numbers("--rows", &[1_u64]).unwrap(), [7]);
    assert_eq!(flags.file("--binary").unwrap(), None);
    for wrong in [["--x", "1"], ["rows", "1"], ["--row", "1"]] {
        assert!(Flags::parse(&wrong, USAGE).is_err(), "{wrong:?}");
    }
    assert!(Flags::parse(&["--rows"], USAGE).is_err());
}

#[test]
fn absent_flags_have_their_usual_values() {
    let flags = Flags::parse(&[], USAGE).unwrap();
    assert_eq!(flags.chosen("--only", &["a", "b"]).unwrap(), ["a", "b"]);
    assert_eq!(flags.numbers("--rows", &[1_u64, 2]).unwrap(), [1, 2]);
}

#[test]
fn unknown_names_and_numbers_are_refused() {
    let flags = Flags::parse(&["--only", "z", "--rows", "many"], USAGE).unwrap();
    assert!(flags.chosen("--only", &["a"]).is_err());
    assert!(flags.number("--rows", 1_u64).is_err());
    assert!(flags.numbers("--rows", &[1_u64]).is_err());
}
