use std::path::Path;

use super::{ConfigError, Origin, Places, Settings, Value, keys};

fn places(file: &Path, text: &str) -> Places {
    std::fs::write(file, text).unwrap();
    Places { files: vec![file.to_owned()], ..Places::default() }
}

#[test]
fn later_places_win_and_each_value_knows_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thorp.toml");
    let mut places = places(
        &file,
        "[node]\ncluster = \"a\"\nwitness = true\n[peers]\njoin = [\"x:1\", \"y:2\"]\n[redis]\nlisten = \"a:1\"\n",
    );
    places.variables = vec![
        ("THORP__NODE__CLUSTER".into(), "b".into()),
        ("THORP__REDIS__LISTEN".into(), "b:1".into()),
        ("THORP_TOKEN".into(), "not a setting".into()),
    ];
    places.flags = vec![(keys::REDIS_LISTEN, "--redis-listen", Value::Text("c:1".into()))];
    let settings = Settings::read(&places).unwrap();
    assert_eq!(settings.text(keys::CLUSTER), Some("b"));
    assert!(settings.flag(keys::WITNESS));
    assert_eq!(settings.list(keys::JOIN), ["x:1", "y:2"]);
    assert_eq!(settings.text(keys::REDIS_LISTEN), Some("c:1"));
    assert_eq!(settings.text(keys::HTTPS_LISTEN), Some("127.0.0.1:8443"));
    assert_eq!(settings.text(keys::DATA), None);
    let origin = |key| settings.all().find(|(name, ..)| *name == key).unwrap().2.clone();
    assert_eq!(origin(keys::CLUSTER), Origin::Variable("THORP__NODE__CLUSTER".into()));
    assert_eq!(origin(keys::WITNESS), Origin::File(file));
    assert_eq!(origin(keys::REDIS_LISTEN), Origin::Flag("--redis-listen"));
    assert_eq!(origin(keys::HTTPS_LISTEN), Origin::Default);
}

#[test]
fn unknown_keys_name_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thorp.toml");
    let error = Settings::read(&places(&file, "[node]\nclaster = \"a\"\n")).unwrap_err();
    assert!(error.to_string().ends_with("`node.claster`: did you mean `node.cluster`?"), "{error}");
    let variables = vec![("THORP__NODE__DATTA".to_owned(), "x".to_owned())];
    let error = Settings::read(&Places { variables, ..Places::default() }).unwrap_err();
    assert!(error.to_string().ends_with("did you mean `THORP__NODE__DATA`?"), "{error}");
}

#[test]
fn wrong_forms_and_broken_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thorp.toml");
    for text in ["[node]\nwitness = \"yes\"\n", "[peers]\njoin = [1]\n", "[node]\ncluster = 1\n"] {
        let error = Settings::read(&places(&file, text)).unwrap_err();
        assert!(matches!(error, ConfigError::Form { .. }), "{text}: {error}");
    }
    let error = Settings::read(&places(&file, "[node\n")).unwrap_err();
    assert!(matches!(error, ConfigError::Toml { .. }), "{error}");
    let named = Some(folder.path().join("absent.toml"));
    let error = Settings::read(&Places { named, ..Places::default() }).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error}");
}
