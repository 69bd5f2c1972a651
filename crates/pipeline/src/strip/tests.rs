use std::sync::Arc;

use model::Map;
use serde_json::json;
use tabular::{Batch, Column, Kind, Value};

use super::{Ends, KEEPS, STRIPS, stripped};
use crate::processor::Processor;
use crate::processors::find;

#[derive(Debug)]
struct Nothing;

impl Processor for Nothing {
    fn describe(
        &mut self,
        package: model::package::Package,
        _: &crate::context::Context,
    ) -> Result<model::package::Package, crate::error::StepError> {
        Ok(package)
    }
}

/// Which of `steps` see stripped texts.
fn guarded(ends: &mut Ends, steps: &[(&str, &Map)]) -> Vec<bool> {
    let guard = |(name, parameters): &(&str, &Map)| {
        format!("{:?}", ends.guard(name, parameters, Box::new(Nothing))).contains("Stripping")
    };
    steps.iter().map(guard).collect()
}

#[test]
fn texts_are_stripped_where_they_may_need_it() {
    let none = Map::new();
    let keep = json!({"strip": false}).as_object().unwrap().clone();
    let steps =
        [("load", &none), ("sort", &none), ("find_replace", &none), ("dump_to_path", &none)];
    assert_eq!(guarded(&mut Ends::default(), &steps), [false, false, false, true]);
    let steps = [("load", &keep), ("dump.to_path", &none), ("filter", &none), ("sort", &none)];
    assert_eq!(guarded(&mut Ends::default(), &steps), [false, false, true, false]);
    let steps = [("load_resource", &none), ("rename_fields", &none), ("set_types", &none)];
    assert_eq!(guarded(&mut Ends::default(), &steps), [false, false, true]);
    let mut ends = Ends::default();
    ends.loosen();
    assert_eq!(guarded(&mut ends, &[("update_package", &none), ("join", &none)]), [true, false]);
}

#[test]
fn every_name_is_that_of_a_processor() {
    for name in STRIPS.iter().chain(&KEEPS) {
        assert_eq!(find(name).map(|definition| definition.name), Some(*name));
    }
}

#[test]
fn only_texts_lose_their_ends() {
    let column = |kind, texts: [&str; 2]| -> Column {
        texts.into_iter().map(|text| Some(Value::new(kind, text))).collect()
    };
    let batch = Batch::new(
        2,
        [
            (Arc::from("a"), column(Kind::Text, [" x\t", "y"])),
            (Arc::from("b"), column(Kind::Json, ["[1, 2]", "[\" \"]"])),
        ],
    );
    let found = stripped(batch);
    assert_eq!(found.column("a").unwrap().text(0), Some("x"));
    assert_eq!(found.column("b").unwrap().text(1), Some("[\" \"]"));
}
