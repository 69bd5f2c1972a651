use super::TextFormat;

#[test]
fn formats_accept_what_the_reference_accepts() {
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("email", &["a@b.c", "a@b.c@"], &["a", "@b.c", "a@.c", "a@b.", "a@b"]),
        ("uri", &["http://x", "urn:x:y", "a+b-c.d:"], &["//x", "1a:b", ":x", "x"]),
        (
            "uuid",
            &["12345678-1234-5678-1234-567812345678", "{12345678123456781234567812345678}"],
            &["1234", "g2345678-1234-5678-1234-567812345678"],
        ),
        ("binary", &["dGVzdA==", "", "dGV zdA=="], &["string", "dGVzdA=", "é"]),
    ];
    for (name, accepted, refused) in cases {
        let format = TextFormat::named(name);
        for text in accepted {
            assert!(format.accepts(text), "{name} {text}");
        }
        for text in refused {
            assert!(!format.accepts(text), "{name} {text}");
        }
    }
    assert!(TextFormat::named("unheard of").accepts("anything"));
}
