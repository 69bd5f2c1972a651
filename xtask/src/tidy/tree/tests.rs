use super::Tree;

#[test]
fn tree_holds_written_files_and_not_what_tools_made() {
    let root = tempfile::tempdir().unwrap();
    for path in ["src/a.rs", "target/b.rs", ".ci/run", "x/node_modules/c.js"] {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "text").unwrap();
    }
    let tree = Tree::read(root.path()).unwrap();
    let paths: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [".ci/run", "src/a.rs"]);
    assert_eq!(tree.text("src/a.rs"), Some("text"));
}
