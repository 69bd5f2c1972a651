use model::Map;
use runtime::javascript::{self, Anonymous};

use super::{Functions, short, whole};
use crate::limits::{FUNCTION_BYTES_SENT, FUNCTIONS_KEPT};
use crate::tasks::{Function, message};

fn large(number: usize) -> Function {
    let source = format!("x => {number} + '{}'.length", "y".repeat(FUNCTION_BYTES_SENT));
    javascript::Function::Anonymous(Anonymous::new(&source, &Map::new()).unwrap()).into()
}

#[test]
fn a_small_function_travels_whole() {
    let small = Anonymous::new("x => x", &Map::new()).unwrap();
    let small = javascript::Function::Anonymous(small).into();
    assert_eq!(short(&small), whole(&small));
    assert!(Functions::default().find(short(&small)).unwrap().is_some());
}

#[test]
fn a_large_function_is_known_by_its_id_once_it_came() {
    let (functions, large) = (Functions::default(), large(1));
    assert!(matches!(short(&large), message::Function::Known { .. }));
    assert!(functions.find(short(&large)).unwrap().is_none());
    functions.find(whole(&large)).unwrap();
    assert!(functions.find(short(&large)).unwrap().is_some());
}

#[test]
fn the_function_used_longest_ago_is_forgotten() {
    let functions = Functions::default();
    for number in 0..FUNCTIONS_KEPT {
        functions.find(whole(&large(number))).unwrap();
    }
    functions.find(short(&large(0))).unwrap();
    functions.find(whole(&large(FUNCTIONS_KEPT))).unwrap();
    assert!(functions.find(short(&large(0))).unwrap().is_some());
    assert!(functions.find(short(&large(1))).unwrap().is_none());
}
