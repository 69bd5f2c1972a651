//! The proof that somebody knows the secret, bound to one connection.

use ring::hmac;

use super::messages::NONCE_BYTES;
use crate::secret::Secret;

/// The label of the exporter of a connection.
pub(super) const EXPORTER_LABEL: &[u8] = b"EXPORTER-thorp-join-1";
/// Bytes of the exporter.
pub(super) const EXPORTER_BYTES: usize = 32;

/// What both sides of one join know beside the secret.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub(super) cluster: &'a str,
    pub(super) joiner_nonce: [u8; NONCE_BYTES],
    pub(super) member_nonce: [u8; NONCE_BYTES],
    pub(super) exporter: [u8; EXPORTER_BYTES],
}

/// Who proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Joiner,
    Member,
}

impl Conversation<'_> {
    /// The proof of `side`.
    pub(super) fn prove(&self, secret: &Secret, side: Side) -> Vec<u8> {
        let tag = hmac::sign(&key(secret), &self.text(side));
        tag.as_ref().to_vec()
    }

    /// Whether `code` is the proof of `side`; takes the same time for each wrong one.
    pub(super) fn is_proved(&self, secret: &Secret, side: Side, code: &[u8]) -> bool {
        hmac::verify(&key(secret), &self.text(side), code).is_ok()
    }

    /// What a joiner signs with its key, to show that it has it.
    pub(super) fn to_sign(&self) -> Vec<u8> {
        let mut text = b"thorp join 1 key".to_vec();
        text.extend(self.exporter);
        text
    }

    /// All but the cluster has a fixed length, and that comes last, so no two conversations have
    /// one text.
    fn text(&self, side: Side) -> Vec<u8> {
        let mut text = match side {
            Side::Joiner => b"thorp join 1 joiner".to_vec(),
            Side::Member => b"thorp join 1 member".to_vec(),
        };
        text.extend(self.joiner_nonce);
        text.extend(self.member_nonce);
        text.extend(self.exporter);
        text.extend(self.cluster.as_bytes());
        text
    }
}

fn key(secret: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Conversation, Side};
    use crate::hex;
    use crate::secret::Secret;

    fn conversation() -> Conversation<'static> {
        Conversation {
            cluster: "dev",
            joiner_nonce: [1; 32],
            member_nonce: [2; 32],
            exporter: [3; 32],
        }
    }

    fn secret() -> Secret {
        Secret::parse("0123456789abcdef0123456789abcdef").unwrap()
    }

    #[test]
    fn a_proof_holds_for_its_side_secret_and_connection_alone() {
        let proof = conversation().prove(&secret(), Side::Joiner);
        let holds = |conversation: Conversation<'_>, secret: &Secret, side| {
            conversation.is_proved(secret, side, &proof)
        };
        assert!(holds(conversation(), &secret(), Side::Joiner));
        assert!(!holds(conversation(), &secret(), Side::Member), "reflected");
        assert!(!holds(conversation(), &Secret::random(), Side::Joiner));
        let on_another = Conversation { exporter: [4; 32], ..conversation() };
        assert!(!holds(on_another, &secret(), Side::Joiner), "passed on by a man in the middle");
        let of_another = Conversation { cluster: "prod", ..conversation() };
        assert!(!holds(of_another, &secret(), Side::Joiner));
        let repeated = Conversation { member_nonce: [5; 32], ..conversation() };
        assert!(!holds(repeated, &secret(), Side::Joiner));
        assert!(!conversation().is_proved(&secret(), Side::Joiner, &[]));
    }

    #[test]
    fn the_proof_keeps_its_bytes() {
        let proof = conversation().prove(&secret(), Side::Joiner);
        let expected = "fec5d7a13515662e81956036507512105a4dc755954c7b104f8229ff39834aa5";
        assert_eq!(hex::encode(&proof), expected);
    }
}
