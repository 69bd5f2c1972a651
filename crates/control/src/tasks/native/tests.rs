use std::sync::{Arc, mpsc};

use runtime::javascript::Items;

use super::{Batch, Native, Natives};
use crate::limits;

fn run(native: Native, lines: &str, stop_at_error: bool) -> crate::tasks::message::Items {
    let items = Items { lines: lines.into(), first_index: 7, stop_at_error };
    let batch = Batch::new(native, items);
    batch.run();
    batch.take()
}

#[test]
fn each_item_has_a_result_or_an_error() {
    let half = Native::new(|item: u64| match item {
        0 => panic!("nothing to halve"),
        item if item % 2 == 1 => Err(format!("{item} is odd")),
        item => Ok(item / 2),
    });
    let done = run(half, "4\n3\n0\n\"x\"\n8\n", false);
    assert_eq!((done.items, done.lines.as_str()), (5, "2\n\n\n\n4\n"));
    let errors: Vec<_> = done.errors.iter().map(|(index, text)| (*index, text.as_str())).collect();
    assert_eq!(errors[..2], [(8, "3 is odd"), (9, "the function panicked: nothing to halve")]);
    let (index, text) = errors[2];
    assert!(index == 10 && text.starts_with("the item is no `u64`: "), "{text}");
}

#[test]
fn the_first_error_ends_a_chunk_that_stops_there() {
    let odd = Native::new(|item: u64| if item == 2 { Err("two") } else { Ok(item) });
    let done = run(odd, "1\n2\n3\n", true);
    assert_eq!((done.items, done.lines.as_str()), (2, "1\n\n"));
    assert_eq!(done.errors, [(8, "two".to_owned())]);
}

#[test]
fn results_that_do_not_fit_are_left_for_another_chunk() {
    let long = Native::new(|_: u64| Ok::<_, String>("x".repeat(limits::RESULT_BYTES_MAX / 2)));
    assert_eq!(run(long, "1\n2\n3\n4\n", false).items, 2);
}

#[test]
fn who_gives_up_has_what_is_done_and_no_further_item_is_begun() {
    let (begun, begins) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    let goes_on = std::sync::Mutex::new(goes_on);
    let slow = Native::new(move |item: u64| {
        begun.send(item).unwrap();
        goes_on.lock().unwrap().recv().unwrap();
        Ok::<_, String>(item)
    });
    let items = Items { lines: "1\n2\n3\n".into(), first_index: 0, stop_at_error: true };
    let batch = Arc::new(Batch::new(slow, items));
    let works = Arc::clone(&batch);
    let thread = std::thread::spawn(move || works.run());
    assert_eq!(begins.recv(), Ok(1));
    go_on.send(()).unwrap();
    assert_eq!(begins.recv(), Ok(2));
    assert_eq!(batch.take().lines, "1\n");
    go_on.send(()).unwrap();
    thread.join().unwrap();
    assert!(begins.try_recv().is_err(), "item 3 was begun");
}

#[test]
fn a_native_function_is_called_as_other_functions_are() {
    let names = |name: &str| Natives::new([(name.to_owned(), Native::new(Ok::<u8, u8>))].into());
    assert!(names("image.resize").unwrap().get("image.resize").is_some());
    assert!(names("image resize").is_err());
}
