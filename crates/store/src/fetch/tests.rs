use super::*;

fn local(path: &Path) -> Location {
    Location::File(path.into())
}

#[test]
fn several_files_are_one_stream() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = ["a\n", "", "b\n"]
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, text).unwrap();
            local(&path)
        })
        .collect();
    let mut text = String::new();
    open_many(&paths, &FetchOptions::default()).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "a\nb\n");
    let missing = [paths[0].clone(), local(&folder.path().join("missing"))];
    let mut stream = open_many(&missing, &FetchOptions::default()).unwrap();
    let error = stream.read_to_string(&mut text).unwrap_err();
    assert_eq!(crate::fault(&error).unwrap().code(), "FETCH_NOT_FOUND");
}

#[test]
fn local_trouble_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let missing = local(&folder.path().join("missing.csv"));
    let error = open(&missing, &FetchOptions::default()).err().unwrap();
    assert_eq!((error.code(), error.kind()), ("FETCH_NOT_FOUND", Kind::NotFound));
    assert!(error.to_string().contains("missing.csv"));
    let error = open(&local(folder.path()), &FetchOptions::default()).err().unwrap();
    assert!(matches!(error, FetchError::Folder { .. }));
}

#[test]
fn more_bytes_than_allowed_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, "12345").unwrap();
    for (bytes_max, fits) in [(4, false), (5, true), (6, true)] {
        let options = FetchOptions { bytes_max: Some(bytes_max), ..FetchOptions::default() };
        let read = open(&local(&path), &options).unwrap().read_to_end(&mut Vec::new());
        assert_eq!(read.is_ok(), fits, "{bytes_max}");
        assert_eq!(open_file(&local(&path), &options).is_ok(), fits, "{bytes_max}");
    }
}

#[test]
fn a_stop_ends_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, "12345").unwrap();
    let options = FetchOptions::default();
    let mut stream = open(&local(&path), &options).unwrap();
    options.stop.request();
    let error = stream.read(&mut [0; 2]).unwrap_err();
    assert_eq!(crate::fault(&error).unwrap().code(), "RUN_STOPPED");
    assert!(matches!(open(&local(&path), &options), Err(FetchError::Stopped { .. })));
}

#[test]
fn waits_double_up_to_a_cap() {
    for seed in 0..100 {
        for (attempt, whole) in [(0, 500), (1, 1000), (2, 2000), (6, 30_000), (99, 30_000)] {
            let wait = retry::delay_ms(attempt, seed);
            assert!((whole / 2..=whole).contains(&wait), "{attempt}: {wait}");
        }
    }
}
