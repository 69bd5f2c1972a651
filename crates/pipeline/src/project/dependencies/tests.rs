use std::collections::BTreeMap;
use std::path::Path;

use model::pipeline_id::PipelineId;
use model::run_state::RunState;
use proptest::prelude::{prop, proptest};
use serde_json::json;

use super::{DependencyState, check, run_order, unready, urls};
use crate::spec::{PipelineSpec, pipeline};

fn spec(name: &str, needs: &[&str]) -> PipelineSpec {
    let dependencies: Vec<_> = needs.iter().map(|id| json!({"pipeline": id})).collect();
    pipeline(
        PipelineId::new(".", name),
        json!({"pipeline": [{"run": "load"}], "dependencies": dependencies}),
        Path::new("/p/pipeline-spec.yaml"),
    )
}

fn errors(pipelines: &mut [PipelineSpec]) -> Vec<Vec<String>> {
    check(pipelines);
    let texts = |spec: &PipelineSpec| spec.errors.iter().map(ToString::to_string).collect();
    pipelines.iter().map(texts).collect()
}

#[test]
fn who_is_needed_runs_first() {
    let specs =
        [spec("a", &["./c"]), spec("b", &[]), spec("c", &["./d", "./elsewhere"]), spec("d", &[])];
    let order = run_order(&specs.iter().collect::<Vec<_>>());
    assert_eq!(order, [(1, vec![]), (3, vec![]), (2, vec![3]), (0, vec![2])]);
}

#[test]
fn missing_dependencies_are_named() {
    let mut specs = [spec("a", &["./b", "./nobody"]), spec("b", &[])];
    let expected = "Missing dependency: Failed to find a dependency: ./nobody";
    assert_eq!(errors(&mut specs), [vec![expected.to_owned()], vec![]]);
    assert_eq!(errors(&mut specs)[0].len(), 1, "checking again adds nothing");
}

#[test]
fn circles_are_shown() {
    let mut specs = [
        spec("a", &["./b"]),
        spec("b", &["./c"]),
        spec("c", &["./a"]),
        spec("outside", &["./a"]),
        spec("self", &["./self"]),
    ];
    let found = errors(&mut specs);
    assert_eq!(
        found[0],
        ["Missing dependency: Failed to find a dependency: ./b \
          (in a circle: ./a -> ./b -> ./c -> ./a)"]
    );
    assert_eq!((found[1].len(), found[2].len(), found[3].len()), (1, 1, 0));
    assert!(found[4][0].ends_with("(in a circle: ./self -> ./self)"));
    assert_eq!(run_order(&specs.iter().collect::<Vec<_>>()).len(), 5);
}

#[test]
fn dependencies_have_to_be_run_with_success() {
    let state =
        |state, dirty| Some(DependencyState { state, dirty, errors: vec!["bad row".to_owned()] });
    let texts = |known: Option<DependencyState>| -> Vec<String> {
        let errors = unready(&spec("a", &["./b"]), &|_| known.clone());
        errors.iter().map(ToString::to_string).collect()
    };
    let dirty = "Dirty dependency: Cannot run until dependency is executed: ./b";
    let from = "From ./b: bad row";
    assert_eq!(texts(None), [""; 0]);
    assert_eq!(texts(state(RunState::Succeeded, false)), [""; 0]);
    assert_eq!(texts(state(RunState::Succeeded, true)), [dirty, from]);
    assert_eq!(texts(state(RunState::Init, true)), [dirty, from]);
    assert_eq!(
        texts(state(RunState::Failed, true))[0],
        "Dependency unsuccessful: Cannot run until dependency \"./b\" is successfully executed"
    );
    assert_eq!(
        texts(state(RunState::Invalid, true))[0],
        "Invalid dependency: Cannot run until dependency passes validation: ./b"
    );
}

#[test]
fn data_packages_of_dependencies_are_found_from_everywhere() {
    let stats = |url: &str| json!({".dpp": {"out-datapackage-url": url}});
    let known: BTreeMap<&str, _> = [
        ("./b", stats("out/datapackage.json")),
        ("./c", stats("https://x/datapackage.json")),
        ("./d", json!({"bytes": 1})),
    ]
    .into();
    let found = urls(&spec("a", &["./b", "./c", "./d", "./e"]), &|id| {
        known.get(id.as_str()).map(|stats| (Path::new("/p/b"), stats))
    });
    let expected = [
        ("./b".to_owned(), "/p/b/out/datapackage.json".to_owned()),
        ("./c".to_owned(), "https://x/datapackage.json".to_owned()),
    ];
    assert_eq!(found, expected.into());
}

proptest! {
    #[test]
    fn every_pipeline_comes_after_what_it_needs(edges in prop::collection::vec((0..12usize, 0..12usize), 0..40)) {
        // Edges from larger to smaller numbers make no circle.
        let names: Vec<String> = (0..12).map(|i| format!("./p{i}")).collect();
        let mut needs = vec![Vec::new(); 12];
        for (a, b) in edges {
            if a != b {
                needs[a.max(b)].push(names[a.min(b)].as_str());
            }
        }
        let specs: Vec<_> =
            needs.iter().enumerate().map(|(i, needs)| spec(&format!("p{i}"), needs)).collect();
        let order = run_order(&specs.iter().collect::<Vec<_>>());
        let place: BTreeMap<usize, usize> =
            order.iter().enumerate().map(|(place, (at, _))| (*at, place)).collect();
        assert_eq!(place.len(), 12);
        for (at, waits_for) in &order {
            assert!(waits_for.iter().all(|other| place[other] < place[at]));
        }
    }
}
