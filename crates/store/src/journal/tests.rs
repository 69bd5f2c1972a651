use super::*;

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Payload {
    text: String,
    number: u64,
}

fn payload(number: u64) -> Payload {
    Payload { text: "x".into(), number }
}

#[test]
fn a_journal_is_listed_read_replaced_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join(".thorp");
    assert_eq!(Journal::list(&folder).unwrap(), []);
    let journal = Journal::write(&folder, "run_1", &payload(1), Survives::PowerLoss).unwrap();
    assert_eq!(journal.path(), folder.join("journal-run_1.json"));
    Journal::write(&folder, "run_1", &payload(u64::MAX), Survives::PowerLoss).unwrap();
    Journal::write(&folder, "run_0", &payload(0), Survives::PowerLoss).unwrap();
    let listed = Journal::list(&folder).unwrap();
    let runs: Vec<_> = listed.iter().map(Journal::run).collect();
    assert_eq!(runs, ["run_0", "run_1"]);
    assert_eq!(listed[1].read().unwrap(), Some(payload(u64::MAX)));
    for journal in listed {
        journal.clone().remove().unwrap();
        journal.remove().unwrap();
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn the_bytes_of_version_1_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::write(folder.path(), "a", &payload(7), Survives::PowerLoss).unwrap();
    let bytes = fs::read_to_string(journal.path()).unwrap();
    let golden = "{\n  \"version\": 1,\n  \"run\": \"a\",\n  \"payload\": {\n    \"text\": \"x\",\n    \
                  \"number\": 7\n  }\n}\n";
    assert_eq!(bytes, golden);
}

#[test]
fn other_versions_and_damage_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::write(folder.path(), "a", &payload(7), Survives::PowerLoss).unwrap();
    fs::write(journal.path(), r#"{"version": 2, "payload": {}}"#).unwrap();
    let error = journal.read::<Payload>().unwrap_err();
    assert!(error.to_string().ends_with("has version 2, and this thorp reads version 1"));
    fs::write(journal.path(), r#"{"version": 1, "#).unwrap();
    let error = journal.read::<Payload>().unwrap_err();
    assert_eq!((error.code(), error.kind()), ("JOURNAL_FAILED", Kind::Conflict));
}

#[test]
fn a_journal_that_never_reached_the_disk_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::write(folder.path(), "a", &payload(7), Survives::Kill).unwrap();
    for lost in ["", "\0\0\0"] {
        fs::write(journal.path(), lost).unwrap();
        assert_eq!(journal.read::<Payload>().unwrap(), None);
    }
}

#[test]
fn a_draft_that_was_cut_off_is_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("journal-a.draft"), "{").unwrap();
    fs::write(folder.path().join("history.json"), "{}").unwrap();
    assert_eq!(Journal::list(folder.path()).unwrap(), []);
}

#[test]
fn a_run_is_named_by_letters_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    for run in ["", "../x", "a/b", "a b"] {
        let error =
            Journal::write(folder.path(), run, &payload(1), Survives::PowerLoss).unwrap_err();
        assert!(matches!(error, JournalError::Run { .. }), "{run}");
    }
}
