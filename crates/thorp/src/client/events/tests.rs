use super::{Event, Events};

#[test]
fn events_have_names_and_data_and_comments_are_passed_over() {
    let stream = ": hello\n\nevent: put\ndata: {\"a\":\ndata: 1}\nid: 7\n\ndata:x\n\ncut off";
    let events: Vec<Event> = Events::new(stream.as_bytes()).map(Result::unwrap).collect();
    let event = |name: &str, data: &str| Event { name: name.into(), data: data.into() };
    assert_eq!(events, [event("put", "{\"a\":\n1}"), event("", "x")]);
}
