//! Code on all members: `thorp eval`, `load`, `fmap` and `task`.

use super::node::{Home, until};

const TOOLS: &str = "
function double(x) { return 2 * x }
export async function visit(key) { return thorp.map('visits').add(key, 1) }
";

#[test]
fn an_expression_is_evaluated_on_every_member_and_a_dead_one_is_named() {
    let home = Home::new();
    let _first = home.start("a", &["--name", "one"]);
    let mut second = home.start("b", &["--name", "two"]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    let names = home.thorp(&["eval", "thorp.node.name"]);
    assert_eq!(sorted(names.text()), ["[one] one", "[two] two"]);
    let failed = home.thorp(&["eval", "if (thorp.node.name === 'two') throw new Error('no'); 1"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!(
        sorted(&failed.out),
        ["[one] 1", "[two] error: the function threw an exception: Error: no"]
    );
    second.kill();
    let left = home.thorp(&["eval", "1 + 1"]);
    assert_eq!(left.code, Some(1), "{left:?}");
    let lines = sorted(&left.out);
    assert_eq!(lines[0], "[one] 2");
    assert!(lines[1].starts_with("[two] error: "), "{left:?}");
}

#[test]
fn what_is_loaded_is_there_for_a_member_that_joins_later() {
    let home = Home::new();
    let _first = home.start("a", &["--name", "one"]);
    let file = home.path("tools.js");
    std::fs::write(&file, TOOLS).unwrap();
    assert_eq!(home.thorp(&["load", &file]).text(), "1\n");
    std::fs::write(&file, "function double(x) { return `${x}${x}` }").unwrap();
    assert_eq!(home.thorp(&["load", &file]).text(), "2\n");
    let _second = home.start("b", &["--name", "two"]);
    home.wait_for("two voters", |status| status["voters"] == 2);
    let doubled = home.thorp(&["eval", "double(21)"]);
    assert_eq!(sorted(doubled.text()), ["[one] 2121", "[two] 2121"]);
    home.thorp(&["eval", "visit('home')"]).text();
    assert_eq!(home.thorp(&["map", "get", "visits", "home"]).text(), "2\n");
    assert_eq!(home.thorp(&["load", "--rollback", "1"]).code, Some(2), "nobody can be asked");
    assert_eq!(home.thorp(&["load", "--rollback", "1", "--yes"]).text(), "1\n");
    let doubled = home.thorp(&["eval", "double(21)"]);
    assert_eq!(sorted(doubled.text()), ["[one] 42", "[two] 42"]);
    assert_eq!(home.thorp(&["load", "--list"]).text().lines().count(), 2);
    std::fs::write(&file, "function (").unwrap();
    let refused = home.thorp(&["load", &file]);
    assert!(refused.code == Some(1) && refused.error.contains("tools.js"), "{refused:?}");
}

#[test]
fn a_function_is_called_with_each_item_on_all_members_also_when_one_is_killed() {
    let home = Home::new();
    let _first = home.start("a", &["--name", "one"]);
    let _second = home.start("b", &["--name", "two"]);
    let mut third = home.start("c", &["--name", "three"]);
    home.wait_for("three voters", |status| status["voters"] == 3);
    let items: String = (0..200_000).map(|item| format!("{item}\n")).collect();
    let url = home.url("one");
    let fmap = home.feed(&["fmap", "x => x * 2", "--cluster", &url], items);
    until("results come", || fmap.lines() > 0);
    third.kill();
    let results = fmap.finish();
    assert_eq!(results.code, Some(0), "{}", results.error);
    let expected: String = (0..200_000).map(|item| format!("{}\n", item * 2)).collect();
    assert!(results.out == expected, "all results, in the order of the items");
}

#[test]
fn an_item_that_fails_ends_all_or_is_told_and_counted() {
    let home = Home::new();
    let _node = home.start("a", &[]);
    let function = "x => { if (x === 3) throw new Error('three'); return x + k }";
    let words = ["fmap", function, "--capture", "k=10"];
    let stopped = home.feed(&words, "1\n2\n3\n4\n").finish();
    assert_eq!((stopped.code, stopped.out.as_str()), (Some(1), "11\n12\n"));
    assert!(stopped.error.contains("item 2, `3`, failed: Error: three"), "{stopped:?}");
    let going = home.feed(&[&words[..], &["--keep-going"]].concat(), "1\n2\n3\n4\n").finish();
    assert_eq!(going.code, Some(1), "{going:?}");
    let lines: Vec<&str> = going.out.lines().collect();
    assert_eq!((lines[1], lines[3]), ("12", "14"));
    assert_eq!(lines[2], r#"{"error":{"index":2,"text":"Error: three"}}"#);
    assert!(going.error.contains("item 2, `3`, failed: Error: three"), "{going:?}");
    let unknown = home.feed(&["fmap", "nobody"], "1\n").finish();
    assert!(unknown.error.contains("FUNCTION_UNKNOWN"), "{unknown:?}");
    let wrong = home.feed(&["fmap", "x => x", "--capture", "k"], "1\n").finish();
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let none = home.feed(&["fmap", "x => x"], "").finish();
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
}

#[test]
fn keys_go_with_their_values_and_nobody_need_wait_for_results() {
    let home = Home::new();
    let _node = home.start("a", &[]);
    home.thorp(&["map", "put", "prices", "apple", "1.2"]).text();
    let keys = ["fmap", "--keys-of", "prices", "([key, price]) => [key, price]"];
    let told = home.feed(&keys, "\"apple\"\n\"pear\"\n").finish();
    assert_eq!((told.code, told.out.as_str()), (Some(0), "[\"apple\",1.2]\n[\"pear\",null]\n"));
    let unknown = home.feed(&["fmap", "--native", "nobody"], "1\n").finish();
    assert!(unknown.error.contains("FUNCTION_UNKNOWN"), "{unknown:?}");
    let detach = ["fmap", "--detach", "x => thorp.counter('sum').add(x)"];
    let detached = home.feed(&detach, "1\n2\n").finish();
    assert_eq!((detached.code, detached.out.as_str()), (Some(0), ""), "{detached:?}");
    until("nothing runs", || home.thorp(&["task", "list"]).text().lines().count() == 1);
    assert_eq!(home.thorp(&["counter", "get", "sum"]).text(), "3\n");
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}
