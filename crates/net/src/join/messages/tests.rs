use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::{Message, NONCE_BYTES};
use crate::hex;

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..100).prop_map(Bytes::from)
}

fn message() -> impl Strategy<Value = Message> {
    let nonce = || any::<[u8; NONCE_BYTES]>();
    prop_oneof![
        (any::<u16>(), any::<u16>(), any::<String>(), nonce()).prop_map(
            |(major, minor, cluster, nonce)| Message::Hello { major, minor, cluster, nonce }
        ),
        (any::<u16>(), Just(0), nonce()).prop_map(|(major, minor, nonce)| Message::Challenge {
            major,
            minor,
            nonce
        }),
        bytes().prop_map(|code| Message::Proof { code }),
        bytes().prop_map(|text| Message::Question { text }),
        bytes().prop_map(|text| Message::Answer { text }),
        (bytes(), bytes(), bytes()).prop_map(|(key, signature, text)| Message::Request {
            key,
            signature,
            text
        }),
        (any::<String>(), bytes()).prop_map(|(pem, welcome)| Message::Granted { pem, welcome }),
        (any::<String>(), any::<String>()).prop_map(|(head, text)| Message::Refused { head, text }),
    ]
}

proptest! {
    #[test]
    fn what_is_sent_is_understood(message in message()) {
        assert_eq!(Message::decode(message.encode().into()), Some(message));
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        Message::decode(bytes.into());
    }

    #[test]
    fn a_message_that_was_cut_is_none(message in message(), cut in 1_usize..300) {
        let bytes = message.encode();
        let left = bytes.len().saturating_sub(cut);
        assert_eq!(Message::decode(bytes[..left].to_vec().into()), None);
    }

    #[test]
    fn fields_of_newer_minor_versions_are_left_unread(message in message(), more in bytes()) {
        let mut bytes = message.encode();
        bytes.extend(more);
        assert_eq!(Message::decode(bytes.into()), Some(message));
    }
}

/// Nodes of the first version must understand these bytes for ever.
#[test]
fn messages_keep_their_bytes() {
    let nonce = [0x11; NONCE_BYTES];
    let nonce_hex = format!("00000020{}", "11".repeat(NONCE_BYTES));
    let text = || Bytes::from_static(b"ab");
    for (message, expected) in [
        (
            Message::Hello { major: 1, minor: 0, cluster: "dev".into(), nonce },
            format!("480001000000000003646576{nonce_hex}"),
        ),
        (Message::Challenge { major: 1, minor: 2, nonce }, format!("4300010002{nonce_hex}")),
        (Message::Proof { code: text() }, "50000000026162".into()),
        (Message::Question { text: text() }, "51000000026162".into()),
        (Message::Answer { text: text() }, "41000000026162".into()),
        (
            Message::Request { key: text(), signature: text(), text: Bytes::new() },
            "5200000002616200000002616200000000".into(),
        ),
        (Message::Granted { pem: "p".into(), welcome: text() }, "470000000170000000026162".into()),
        (Message::Refused { head: "h".into(), text: "t".into() }, "4e00000001680000000174".into()),
    ] {
        assert_eq!(hex::encode(&message.encode()), expected);
    }
}
