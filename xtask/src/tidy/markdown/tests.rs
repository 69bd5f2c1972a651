use super::{Tree, check};

fn complaints(text: &str) -> Vec<String> {
    let tree = Tree::of(&[("docs/a.md", text), ("docs/b.md", "# B\n"), ("LICENSE", "")]);
    check(&tree).iter().map(ToString::to_string).collect()
}

#[test]
fn page_has_one_title() {
    assert!(complaints("# A\n\n## Part\n").is_empty());
    assert_eq!(
        complaints("# A\n# B\n"),
        ["docs/a.md: has 2 titles (lines that start with `# `), not one"]
    );
    assert_eq!(
        complaints("text\n"),
        ["docs/a.md: has 0 titles (lines that start with `# `), not one"]
    );
}

#[test]
fn comments_in_code_are_no_titles() {
    assert!(complaints("# A\n```sh\n# comment\n```\n").is_empty());
}

#[test]
fn links_lead_to_files_and_folders_of_the_workspace() {
    let good =
        "# A\n[b](b.md#part), [l](../LICENSE), [d](../docs), [x](https://x.org/y), [p](#p)\n";
    assert!(complaints(good).is_empty());
    assert_eq!(
        complaints("# A\n[c](../c.md)\n"),
        ["docs/a.md: links to `../c.md`, and there is no `c.md`"]
    );
}
