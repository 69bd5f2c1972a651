use super::*;

fn input(bytes: &[u8]) -> Input {
    let mut input = Input::default();
    input.trust(true);
    input.room().extend_from_slice(bytes);
    input
}

fn texts(words: Option<Vec<Bytes>>) -> Option<Vec<String>> {
    words.map(|words| words.iter().map(|word| String::from_utf8_lossy(word).into()).collect())
}

#[test]
fn commands_come_out_one_by_one() {
    let mut input = input(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n*0\r\n*1\r\n$0\r\n\r\n");
    assert_eq!(texts(input.next().unwrap()).unwrap(), ["GET", "a"]);
    assert_eq!(texts(input.next().unwrap()).unwrap(), ["PING"]);
    assert_eq!(texts(input.next().unwrap()).unwrap(), [""]);
    assert_eq!(input.next().unwrap(), None);
    assert_eq!(input.ahead(), 0);
}

#[test]
fn a_command_may_come_byte_by_byte() {
    let whole = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nline\r\nline\r\n\r\n";
    let mut input = input(b"");
    for (place, byte) in whole.iter().enumerate() {
        assert_eq!(input.next().unwrap(), None, "after {place} bytes");
        input.room().extend_from_slice(&[*byte]);
    }
    assert_eq!(texts(input.next().unwrap()).unwrap(), ["SET", "k", "line\r\nline\r\n"]);
}

#[test]
fn lines_have_quotes() {
    let mut input = input(b"  set \"a\\x41\\n\" 'it\\'s'  \r\n");
    assert_eq!(texts(input.next().unwrap()).unwrap(), ["set", "aA\n", "it's"]);
    assert_eq!(self::input(b"get \"a\n").next(), Err(ProtocolError::Quotes));
    assert_eq!(self::input(b"get \"a\"b\n").next(), Err(ProtocolError::Quotes));
}

#[test]
fn nonsense_is_named_as_redis_does() {
    let error = |bytes: &[u8]| input(bytes).next().unwrap_err().to_string();
    assert_eq!(error(b"*x\r\n"), "invalid multibulk length");
    assert_eq!(error(b"*1048577\r\n"), "invalid multibulk length");
    assert_eq!(error(b"*1\r\nGET\r\n"), "expected '$', got 'G'");
    assert_eq!(error(b"*1\r\n$-1\r\n"), "invalid bulk length");
    assert_eq!(error(b"*1\r\n$99999999\r\n"), "invalid bulk length");
    assert_eq!(error(&[b'a'; 70_000]), "too big inline request");
    assert_eq!(error(&[b'*'; 70_000]), "too big mbulk count string");
}

#[test]
fn strangers_may_say_little() {
    let error = |bytes: &[u8]| {
        let mut input = Input::default();
        input.room().extend_from_slice(bytes);
        input.next().unwrap_err()
    };
    assert_eq!(error(b"*11\r\n"), ProtocolError::StrangerCount);
    assert_eq!(error(b"*1\r\n$16385\r\n"), ProtocolError::StrangerLength);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_commands_or_an_error(
        bytes in proptest::collection::vec(
            proptest::sample::select(b"*$0123456789\r\n abc\"'\\\xff-+".to_vec()),
            0..200,
        ),
    ) {
        let mut input = input(&bytes);
        while let Ok(Some(words)) = input.next() {
            assert!(words.iter().map(Bytes::len).sum::<usize>() <= bytes.len());
        }
    }

    #[test]
    fn commands_are_the_same_in_pieces(
        commands in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(0_u8.., 0..20), 1..5),
            0..5,
        ),
        cuts in proptest::collection::vec(1_usize..40, 1..10),
    ) {
        let mut bytes = Vec::new();
        for words in &commands {
            bytes.extend(format!("*{}\r\n", words.len()).bytes());
            for word in words {
                bytes.extend(format!("${}\r\n", word.len()).bytes());
                bytes.extend(word.iter().chain(b"\r\n"));
            }
        }
        let (mut input, mut found, mut rest) = (input(b""), Vec::new(), bytes.as_slice());
        for cut in cuts.iter().cycle() {
            while let Some(words) = input.next().unwrap() {
                found.push(words.iter().map(|word| word.to_vec()).collect::<Vec<_>>());
            }
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            input.room().extend_from_slice(now);
            rest = later;
        }
        proptest::prop_assert_eq!(found, commands);
    }
}
