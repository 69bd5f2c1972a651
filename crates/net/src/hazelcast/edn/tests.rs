use proptest::prelude::{any, proptest};

use super::{Edn, read};

fn text(text: &str) -> Edn {
    Edn::Text(text.into())
}

fn key(name: &str) -> Edn {
    Edn::Keyword(name.into())
}

#[test]
fn values_of_all_kinds_are_read() {
    let value = read(
        r#"; a comment
        {:a "x\n\u00e4\"", :b [1 -2N 3.5 nil true] :c #{:d/e} #_ #_ :x :y
         :f (sym \newline \a) "k" #inst "2020-01-01", }"#,
    );
    let other = |text: &str| Edn::Other(text.into());
    let expected = Edn::Map(vec![
        (key("a"), text("x\n\u{e4}\"")),
        (
            key("b"),
            Edn::Many(vec![
                Edn::Number(1),
                Edn::Number(-2),
                other("3.5"),
                Edn::Nil,
                Edn::Bool(true),
            ]),
        ),
        (key("c"), Edn::Many(vec![key("d/e")])),
        (key("f"), Edn::Many(vec![other("sym"), other("\\newline"), other("\\a")])),
        (text("k"), text("2020-01-01")),
    ]);
    assert_eq!(value, Ok(expected));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (source, error) in [
        ("", "line 1: there is no value"),
        ("\n{:a", "line 2: a bracket is not closed"),
        ("[1)", "line 1: a bracket is not closed"),
        ("{:a}", "line 1: a key has no value"),
        ("{:a 1 :a 2}", "line 1: a key stands twice in a map"),
        ("\"a\n\n", "line 3: a text is not closed"),
        (r#""\q""#, "line 1: a backslash stands before an unknown letter"),
        (r#""\ud800""#, "line 1: `\\u` stands before four hexadecimal digits"),
        ("1 2", "line 1: there is more than one value"),
        ("1 ]", "line 1: there is more than one value"),
        ("#_", "line 1: `#_` leaves out nothing"),
        ("#x", "line 1: a tag has no value"),
        (":", "line 1: a keyword has no name"),
    ] {
        assert_eq!(read(source).map_err(|error| error.to_string()), Err(error.into()), "{source}");
    }
}

#[test]
fn values_that_are_nested_too_deeply_are_refused() {
    for nest in ["[", "{:a ", "#_ ", "#x "] {
        let error = read(&nest.repeat(10_000)).unwrap_err().to_string();
        assert_eq!(error, "line 1: values are nested too deeply");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>(), near in "[\\[\\](){}:#_a1\"\\\\;, \n]{0,40}") {
        drop(read(&text));
        drop(read(&near));
    }
}
