use super::{errors, is_current};
use crate::tidy::tree::Tree;

#[test]
fn index_of_errors_shows_the_first_sentence_of_each_page() {
    let tree = Tree::of(&[("docs/errors/NO_ROWS.md", "# NO_ROWS\n\nThe table is empty.\nMore.\n")]);
    let index = errors(&tree).unwrap();
    assert!(index.ends_with("| [NO_ROWS](../errors/NO_ROWS.md) | The table is empty. |\n"));
}

#[test]
fn page_that_was_changed_by_hand_is_not_current() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    assert!(!is_current(&page, "new"));
    std::fs::write(&page, "old").unwrap();
    assert!(!is_current(&page, "new"));
    std::fs::write(&page, "new").unwrap();
    assert!(is_current(&page, "new"));
}
