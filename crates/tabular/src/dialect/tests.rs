use serde_json::json;

use super::{CANDIDATES, Dialect, ItemType, sniff};

fn parse(dialect: &serde_json::Value) -> Dialect {
    Dialect::parse(dialect.as_object().unwrap()).unwrap()
}

fn sniffed(sample: &str) -> (char, Option<char>, bool) {
    let dialect = sniff(sample, CANDIDATES);
    (dialect.delimiter, dialect.quote, dialect.skip_initial_space)
}

#[test]
fn both_versions_of_the_standard_are_read() {
    let v1 = parse(&json!({"delimiter": ";", "quoteChar": "'", "header": false}));
    assert_eq!((v1.delimiter, v1.quote, v1.header), (';', Some('\''), false));
    assert!(v1.skip_initial_space, "as the datapackage library fills it in");

    let v2 = parse(&json!({"headerRows": [3, 2], "headerJoin": "_", "commentChar": "#",
        "commentRows": [1], "nullSequence": "\\N", "itemType": "array", "itemKeys": ["a"],
        "property": "rows", "sheetNumber": 2, "sheetName": "S", "table": "t", "quoteChar": ""}));
    assert_eq!(v2.header_rows, [2, 3]);
    assert_eq!((v2.item_type, v2.sheet_number), (Some(ItemType::Array), Some(2)));
    assert_eq!((v2.quote, v2.skip_initial_space), (None, false));
    assert_eq!(v2.null_sequence.as_deref(), Some("\\N"));
}

#[test]
fn options_of_python_count_more() {
    let mut dialect = Dialect::tsv();
    let options = json!({"delimiter": "|", "quoting": 3, "escapechar": "\\", "doublequote": false});
    dialect.apply_options(options.as_object().unwrap()).unwrap();
    assert_eq!((dialect.delimiter, dialect.quote, dialect.escape), ('|', None, Some('\\')));
    assert!(!dialect.double_quote);
}

#[test]
fn properties_of_another_form_are_refused() {
    for dialect in [
        json!({"delimiter": "::"}),
        json!({"delimiter": "\u{a7}"}),
        json!({"delimiter": "\n"}),
        json!({"delimiter": 1}),
        json!({"header": "yes"}),
        json!({"headerRows": [0]}),
        json!({"itemType": "list"}),
        json!({"itemKeys": [1]}),
    ] {
        assert!(Dialect::parse(dialect.as_object().unwrap()).is_err(), "{dialect}");
    }
    let quoting = json!({"quoting": 9});
    assert!(Dialect::default().apply_options(quoting.as_object().unwrap()).is_err());
}

// What Python's csv.Sniffer says of each.
#[test]
fn the_dialect_is_guessed_from_the_first_lines() {
    assert_eq!(sniffed("a,b\n1,2\n"), (',', Some('"'), false));
    assert_eq!(sniffed("a;b;c\n1,5;2;3\n2,5;4;5\n"), (';', Some('"'), false));
    assert_eq!(sniffed("a\tb\n1\t2,3\n"), ('\t', Some('"'), false));
    assert_eq!(sniffed("a|b\n1|2\n"), ('|', Some('"'), false));
    assert_eq!(sniffed("a, b, c\n1, 2, 3\n"), (',', Some('"'), true));
    assert_eq!(sniffed("'a';'b'\n'x,y';'z'\n"), (';', Some('\''), false));
    assert_eq!(sniffed("id,'n'\n1,'x;y'\n"), (',', Some('\''), false));
    assert_eq!(sniffed("\"a, b\", \"c\"\n\"d\", \"e\"\n"), (',', Some('"'), true));
    assert_eq!(sniffed("single\ncolumn\n"), (',', Some('"'), false));
    assert_eq!(sniffed(""), (',', Some('"'), false));
}

#[test]
fn long_samples_with_lone_quotes_are_guessed_quickly() {
    let sample = ",\"x".repeat(20_000);
    assert_eq!(sniffed(&sample).0, ',');
}
