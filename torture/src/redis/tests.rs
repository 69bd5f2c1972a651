use super::{Reply, read};

fn parsed(bytes: &str) -> std::io::Result<Reply> {
    read(&mut bytes.as_bytes(), &mut 10)
}

#[test]
fn every_kind_of_answer_is_read() {
    let answer = parsed("*5\r\n+OK\r\n:-7\r\n$2\r\nab\r\n$-1\r\n*0\r\n").unwrap();
    let text = |text: &str| Reply::Text(text.into());
    let parts = [text("OK"), Reply::Integer(-7), text("ab"), Reply::Nil, Reply::Array(vec![])];
    assert_eq!(answer, Reply::Array(parts.into()));
    assert_eq!(parsed("-ERR no\r\n").unwrap(), Reply::Error("ERR no".into()));
}

#[test]
fn half_an_answer_is_an_error() {
    for half in ["", "$5\r\nab", "*2\r\n:1\r\n", ":1"] {
        assert!(parsed(half).is_err(), "{half:?}");
    }
}

#[test]
fn an_answer_of_too_many_parts_is_an_error() {
    assert!(parsed("*9\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n").is_ok());
    assert!(parsed(&format!("*10\r\n{}", ":1\r\n".repeat(10))).is_err());
}
