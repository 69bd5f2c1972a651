use super::PipelineId;

#[test]
fn ids_are_folder_and_name() {
    assert_eq!(PipelineId::new(".", "a").to_string(), "./a");
    assert_eq!(PipelineId::new("./x/y", "a").to_string(), "./x/y/a");
}

#[test]
fn users_may_leave_out_the_beginning() {
    let id = PipelineId::new("./x", "a");
    assert!(id.is_named("./x/a"));
    assert!(id.is_named("x/a"));
    assert!(!id.is_named("a"));
    assert!(id.has_prefix("./x/"));
    assert!(id.has_prefix("x"));
    assert!(id.has_prefix(""));
    assert!(!id.has_prefix("y"));
}

#[test]
fn a_folder_holds_what_is_below_it_and_not_its_namesakes() {
    let id = PipelineId::new("./x/y", "a");
    for folder in [".", "./", "x", "./x", "./x/", "x/y"] {
        assert!(id.is_below(folder), "{folder}");
    }
    for folder in ["x/yy", "./x/y/a", "y"] {
        assert!(!id.is_below(folder), "{folder}");
    }
    assert!(!PipelineId::new("./xx", "a").is_below("./x"));
}
