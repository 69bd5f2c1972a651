use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Resolved, Search, processor, processor_path, step};
use crate::spec::pipeline;

const NATIVE: [&str; 3] = ["load", "dump.to_path", "set_types"];

struct Place {
    dir: TempDir,
}

impl Place {
    fn new(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir_all(dir.path().join("spec")).unwrap();
        Self { dir }
    }

    fn find(&self, name: &str) -> String {
        let root = self.dir.path();
        let path = processor_path(Some("first;second:third"), root);
        let search = Search {
            folder: &root.join("spec"),
            path: &path,
            is_native: &|name| NATIVE.contains(&name),
            native_names: &NATIVE,
            python_path: &|| vec![root.join("none"), root.join("site")],
        };
        match processor(name, &search) {
            Ok(Resolved::Python(file)) => {
                let file = file.strip_prefix(root).unwrap();
                file.to_str().unwrap().to_owned()
            }
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string().replace(root.to_str().unwrap(), "ROOT"),
        }
    }
}

#[test]
fn a_file_beside_the_specification_wins() {
    let place = Place::new(&["spec/load.py", "first/load.py"]);
    assert_eq!(place.find("load"), "spec/load.py");
    assert_eq!(place.find(".load"), "spec/load.py");
}

#[test]
fn then_plug_ins_then_the_path_then_native() {
    let plug_in = "site/datapackage_pipelines_aws/processors/dump/to_s3.py";
    let place = Place::new(&[plug_in, "second/aws/dump/to_s3.py", "third/set_types.py", "top.py"]);
    assert_eq!(place.find("aws.dump.to_s3"), plug_in);
    assert_eq!(place.find("set_types"), "third/set_types.py");
    assert_eq!(place.find("top"), "top.py");
    assert_eq!(place.find("load"), "Native(\"load\")");
    assert_eq!(place.find("dump.to_path"), "Native(\"dump.to_path\")");
}

#[test]
fn points_lead_into_folders_and_up() {
    let place = Place::new(&["spec/a/b.py", "lib/clean.py", "first/clean.py"]);
    assert_eq!(place.find("a.b"), "spec/a/b.py");
    assert_eq!(place.find("..lib.clean"), "spec/../lib/clean.py");
    assert_eq!(
        place.find("..clean"),
        "Unresolved processor: Couldn't resolve ..clean at ROOT/spec"
    );
}

#[test]
fn unresolved_names_are_told_the_nearest() {
    let place = Place::new(&[]);
    assert_eq!(
        place.find("set_type"),
        "Unresolved processor: Couldn't resolve set_type at ROOT/spec: did you mean `set_types`?"
    );
    for name in ["", ".", "..", "...", "a.", ".a.", "/", "é.ö"] {
        assert!(place.find(name).starts_with("Unresolved processor"), "{name}");
    }
}

#[test]
fn steps_may_bring_their_code() {
    let place = Place::new(&["spec/clean.py"]);
    let folder = place.dir.path().join("spec");
    let spec = pipeline(
        model::pipeline_id::PipelineId::new(".", "p"),
        serde_json::json!({"pipeline": [
            {"run": "label", "code": "x = 1"},
            {"run": "label", "executor": "/opt/x.py"},
            {"flow": "clean"},
            {"flow": "missing"},
        ]}),
        Path::new("/p/pipeline-spec.yaml"),
    );
    let search = Search {
        folder: &folder,
        path: &[],
        is_native: &|_| false,
        native_names: &[],
        python_path: &|| panic!("nobody needs a plug-in"),
    };
    let found: Vec<_> = spec.steps.iter().map(|one| step(one, &search).ok()).collect();
    assert_eq!(
        found,
        [
            Some(Resolved::Code("x = 1".into())),
            Some(Resolved::Python(PathBuf::from("/opt/x.py"))),
            Some(Resolved::Flow(folder.join("clean.py"))),
            None,
        ]
    );
}
