use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::context::{Context, Level, Observer};
use crate::processors::find;
use crate::testing::Still;

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn log(&self, _: usize, _: Level, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

fn warnings(processor: &str, parameters: &serde_json::Value) -> Vec<String> {
    let heard = Arc::new(Heard::default());
    let mut ctx = Context::new("", Arc::new(Still));
    ctx.observer = heard.clone();
    find(processor).unwrap().create(parameters.as_object().unwrap(), &ctx).unwrap();
    heard.0.lock().unwrap().clone()
}

#[test]
fn a_parameter_that_is_not_known_is_warned_about_with_the_nearest() {
    assert_eq!(
        warnings("sort", &json!({"sort-by": "{a}", "revers": true})),
        ["`sort` has no parameter `revers`, it is ignored; did you mean `reverse`?"]
    );
    assert_eq!(
        warnings("sort", &json!({"sort_by": "{a}", "colour": 1})),
        ["`sort` has no parameter `colour`, it is ignored"]
    );
    assert!(warnings("update_package", &json!({"anything": 1})).is_empty());
}
