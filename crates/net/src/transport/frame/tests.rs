use bytes::{Bytes, BytesMut};
use model::fault::Kind as FaultKind;
use proptest::prelude::{any, proptest};

use super::*;

fn frame(kind: Kind, number: u32, has_more: bool, body: &'static [u8]) -> Frame {
    Frame { kind, number, has_more, body: Bytes::from_static(body) }
}

#[test]
fn frames_keep_their_bytes() {
    let mut out = BytesMut::new();
    put(&mut out, (Kind::Ask, 7), true, [&ask_head("echo", 5_000), b"hi"]);
    put(&mut out, (Kind::Answer, 7), false, [b"", b"yes"]);
    let refusal = Refusal::new("QUEUE_FULL", FaultKind::Limit, "queue `q` is full");
    put(&mut out, (Kind::Refusal, 8), true, [b"", &refusal_body(&refusal)]);
    let expected = b"\0\0\0\x0b\x01\0\0\0\x07\0\0\x13\x88\x04echohi\
        \0\0\0\x03\x82\0\0\0\x07yes\
        \0\0\0\x23\x03\0\0\0\x08\0\x10limit QUEUE_FULLqueue `q` is full";
    assert_eq!(out.escape_ascii().to_string(), expected.escape_ascii().to_string());

    let ask = take(&mut out).unwrap().unwrap();
    assert_eq!((ask.kind, ask.number, ask.has_more), (Kind::Ask, 7, false));
    let (wait_ms, service, request) = read_ask(ask.body).unwrap();
    assert_eq!((wait_ms, &service[..], &request[..]), (5_000, &b"echo"[..], &b"hi"[..]));
    assert_eq!(take(&mut out).unwrap().unwrap(), frame(Kind::Answer, 7, true, b"yes"));
    assert_eq!(read_refusal(take(&mut out).unwrap().unwrap().body), Some(refusal));
    assert_eq!(take(&mut out), Ok(None));
}

#[test]
fn a_frame_of_an_unknown_kind_is_left_out_and_a_long_one_is_refused() {
    let mut buffer = BytesMut::from(&b"\0\0\0\x01\x63\0\0\0\x01x\0\0\0\0\x06\0\0\0\x02"[..]);
    assert_eq!(take(&mut buffer).unwrap().unwrap(), frame(Kind::Pong, 2, false, b""));
    let mut buffer = BytesMut::from(&b"\xff\0\0\0\x01\0\0\0\x01"[..]);
    assert_eq!(take(&mut buffer), Err(FrameError::Long(0xff00_0000)));
}

#[test]
fn a_message_in_pieces_is_put_together_and_short_ones_pass_between() {
    let mut assembly = Assembly::default();
    assert_eq!(assembly.add(frame(Kind::Ask, 1, true, b"ab")), Ok(None));
    let short = assembly.add(frame(Kind::Ask, 2, false, b"short")).unwrap();
    assert_eq!(short, Some(frame(Kind::Ask, 2, false, b"short")));
    assert_eq!(assembly.add(frame(Kind::Ask, 1, true, b"cd")), Ok(None));
    assert_eq!(assembly.add(frame(Kind::Ask, 3, true, b"x")), Err(FrameError::Mixed));
    let whole = assembly.add(frame(Kind::Ask, 1, false, b"e")).unwrap();
    assert_eq!(whole, Some(frame(Kind::Ask, 1, false, b"abcde")));

    assert_eq!(assembly.add(frame(Kind::Ask, 4, true, b"given up")), Ok(None));
    assembly.forget(4);
    assert_eq!(assembly.add(frame(Kind::Ask, 5, true, b"x")), Ok(None));
}

#[test]
fn a_message_has_an_end() {
    let mut assembly = Assembly::default();
    let piece = Bytes::from(vec![0; limits::FRAME_BYTES_MAX]);
    let mut add = || {
        let body = piece.clone();
        assembly.add(Frame { kind: Kind::Answer, number: 1, has_more: true, body })
    };
    let most = limits::CALL_BYTES_MAX / limits::FRAME_BYTES_MAX + 1;
    assert!((0..most).all(|_| add() == Ok(None)));
    assert_eq!(add(), Err(FrameError::LongMessage));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
        let mut buffer = BytesMut::from(&bytes[..]);
        while let Ok(Some(frame)) = take(&mut buffer) {
            read_ask(frame.body.clone());
            read_refusal(frame.body);
        }
    }
}
