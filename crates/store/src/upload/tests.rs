use super::*;

fn sent(bytes: u64, parts: usize) -> SentObject {
    SentObject {
        object: S3Object { bucket: "b".into(), key: "k".into() },
        upload_id: "id".into(),
        parts: vec!["etag".into(); parts],
        bytes,
        replaces: None,
    }
}

#[test]
fn a_completed_object_is_known_by_its_size_and_parts() {
    assert!(sent(5, 1).is_object(5, Some("\"abc-1\"")));
    assert!(sent(0, 0).is_object(0, Some("\"abc-1\"")));
    assert!(sent(99, 12).is_object(99, Some("abc-12")));
    assert!(!sent(99, 12).is_object(98, Some("abc-12")));
    assert!(!sent(99, 12).is_object(99, Some("abc-11")));
    assert!(!sent(5, 1).is_object(5, Some("\"abc\"")));
    assert!(!sent(5, 1).is_object(5, None));
}

#[test]
fn an_older_object_of_the_same_size_is_not_taken_for_the_new_one() {
    let replaces = Some("\"abc-1\"".to_owned());
    let upload = SentObject { replaces, ..sent(5, 1) };
    assert!(!upload.is_object(5, Some("\"abc-1\"")));
    assert!(upload.is_object(5, Some("\"def-1\"")));
    // The older object has the same bytes: nothing is left to do. The sums are those of `x`.
    let parts = vec!["\"9dd4e461268c8034f5c8564e155c67a6\"".to_owned()];
    let etag = "\"9affad555af89da9b0bfcd5e45bc93da-1\"".to_owned();
    let upload = SentObject { parts, replaces: Some(etag.clone()), ..sent(1, 1) };
    assert!(upload.is_object(1, Some(&etag)));
}

#[test]
fn the_record_round_trips() {
    let record = sent(u64::MAX, 2);
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<SentObject>(&text).unwrap(), record);
}
