use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::{any, proptest};

use super::{
    Answer, Chunk, DecodeError, Each, Evaluated, Function, Items, Request, decode, encode,
};
use crate::tasks::Task;

fn requests() -> Vec<Request> {
    let of = |function| Chunk {
        function,
        lines: "1\n[2]\n".into(),
        first_index: 300,
        stop_at_error: true,
        seed: u64::MAX,
        patches: 7,
        time_ms: 60_000,
    };
    let chunk = |function| Request::Chunk(of(function));
    let resize = Function::Named { name: "resize".into() };
    let each = Request::Each(Each { map: "prices".into(), insists: false, chunk: of(resize) });
    let insist = Request::Insist(of(Function::Named { name: "resize".into() }));
    vec![
        Request::Eval { expression: "1 + 1".into(), patches: 7, time_ms: 3_500 },
        Request::State { revision: 300 },
        chunk(Function::Named { name: "image.resize".into() }),
        chunk(Function::Anonymous { source: "x => x + k".into(), captured: r#"{"k":1}"#.into() }),
        chunk(Function::Known { id: [9; 32] }),
        chunk(Function::Native { name: "image.resize".into() }),
        insist,
        each,
        Request::Tasks,
    ]
}

fn answers() -> Vec<Answer> {
    let (items, runs_ms, compute_ms, transport_ms) = (300, 1, 2, 3);
    let task = Task { id: 1, name: "resize".into(), runs_ms, items, compute_ms, transport_ms };
    vec![
        Answer::Done,
        Answer::Evaluated(Evaluated {
            text: "2".into(),
            json: Some("2".into()),
            log: vec!["seen".into()],
        }),
        Answer::Items(Items {
            items: 2,
            lines: "1\n\n".into(),
            errors: vec![(301, "Error: no".into())],
            compute_ms: 300,
            contexts: 2,
        }),
        Answer::FunctionUnknown,
        Answer::Tasks(vec![task]),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[test]
fn messages_keep_their_bytes() {
    let mut lines = String::new();
    for request in requests() {
        let bytes = encode(&request);
        assert_eq!(decode::<Request>(&bytes).unwrap(), request);
        writeln!(lines, "{} {request:?}", hex(&bytes)).unwrap();
    }
    for answer in answers() {
        let bytes = encode(&answer);
        assert_eq!(decode::<Answer>(&bytes).unwrap(), answer);
        writeln!(lines, "{} {answer:?}", hex(&bytes)).unwrap();
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/messages.txt");
    if std::env::var_os("THORP_GOLDEN").is_some() {
        std::fs::write(&path, &lines).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
}

#[test]
fn another_version_and_bytes_behind_the_end_are_refused() {
    assert_eq!(decode::<Answer>(&[]), Err(DecodeError::Empty));
    assert_eq!(decode::<Answer>(&[2, 0]), Err(DecodeError::Version { version: 2 }));
    assert_eq!(decode::<Answer>(&[1, 0, 0]), Err(DecodeError::Surplus { bytes: 1 }));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
        let bytes = [vec![1], bytes].concat();
        drop(decode::<Request>(&bytes));
        drop(decode::<Answer>(&bytes));
    }
}
