use super::Arguments;

#[test]
fn flags_are_read_in_any_order() {
    let words = ["faults", "--seed", "7", "--plain", "--binary", "/bin/sh", "--seconds", "30"];
    let arguments = Arguments::parse(&words, 1).unwrap();
    assert_eq!((arguments.seed, arguments.seconds, arguments.times), (7, Some(30), None));
    assert!(arguments.plain);
}

#[test]
fn what_cannot_be_used_is_named() {
    for (words, named) in [
        (&["faults", "--seed"][..], "`--seed`"),
        (&["faults", "--seed", "x", "--binary", "/bin/sh"], "`x` is no number"),
        (&["faults"], "--binary is missing"),
        (&["faults", "--binary", "/none"], "`/none`"),
    ] {
        let error = Arguments::parse(words, 1).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
