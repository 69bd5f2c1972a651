//! One line with everything that a second machine needs to join.
//!
//! The line is a word (`thorp1-` and letters of base64url) that a shell takes as it is. It holds
//! the name of the cluster, addresses of members, the fingerprint of the authority, the secret,
//! and a sum that shows whether a part was lost.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use model::fault::{Fault, Kind};

use crate::address::Address;
use crate::cluster::ClusterName;
use crate::identity::Fingerprint;
use crate::limits;
use crate::secret::Secret;

/// What each token of this format begins with.
const HEAD: &str = "thorp1-";
/// Bytes of the sum at the end.
const SUM_BYTES: usize = 4;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub cluster: ClusterName,
    pub members: Vec<Address>,
    pub authority: Fingerprint,
    pub secret: Secret,
}

/// A text that is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("a token begins with `{HEAD}`")]
    NoToken,
    #[error("the token is of a newer format: update thorp on this node")]
    Newer,
    #[error("the token is damaged; a part of it may be missing")]
    Damaged,
}

impl Fault for TokenError {
    fn code(&self) -> &'static str {
        "TOKEN_INVALID"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some("copy the whole line that `thorp token` prints on a member".into())
    }
}

impl Token {
    /// Whether `text` wants to be a token, of whatever format.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        format_of(text).is_some()
    }
}

/// The number of the format when `text` looks like a token.
fn format_of(text: &str) -> Option<u32> {
    let (number, _) = text.strip_prefix("thorp")?.split_once('-')?;
    number.parse().ok()
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<String> = self.members.iter().map(Address::to_string).collect();
        let authority = self.authority.to_string();
        let members = members.join(",");
        let fields = [self.cluster.as_str(), &members, &authority, self.secret.reveal()];
        // None of the fields may have a line of its own.
        let mut bytes = fields.join("\n").into_bytes();
        let sum = sum(&bytes);
        bytes.extend(sum);
        write!(f, "{HEAD}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let Some(letters) = text.strip_prefix(HEAD) else {
            let is_newer = format_of(text).is_some_and(|format| format > 1);
            return Err(if is_newer { TokenError::Newer } else { TokenError::NoToken });
        };
        read(letters).ok_or(TokenError::Damaged)
    }
}

fn read(letters: &str) -> Option<Token> {
    if letters.len() > limits::TOKEN_LETTERS_MAX {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(letters).ok()?;
    let (bytes, found) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
    if sum(bytes) != *found {
        return None;
    }
    let mut fields = std::str::from_utf8(bytes).ok()?.split('\n');
    let cluster = fields.next()?.parse().ok()?;
    let members = fields.next()?.split(',').filter(|member| !member.is_empty());
    let members = members.map(|member| member.parse().ok()).collect::<Option<Vec<Address>>>()?;
    let authority = fields.next()?.parse().ok()?;
    let secret = Secret::parse(fields.next()?).ok()?;
    fields.next().is_none().then_some(Token { cluster, members, authority, secret })
}

fn sum(bytes: &[u8]) -> Vec<u8> {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().copied().take(SUM_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Token, TokenError};
    use crate::cluster::ClusterName;
    use crate::secret::Secret;

    const GOLDEN: &str = "thorp1-ZGV2CjEwLjAuMC4xOjU3MDEsW2ZkMDA6OjFdOjU3MDIKYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYgowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZvuS9lM";

    fn token() -> Token {
        Token {
            cluster: ClusterName::default(),
            members: vec!["10.0.0.1:5701".parse().unwrap(), "[fd00::1]:5702".parse().unwrap()],
            authority: "ab".repeat(32).parse().unwrap(),
            secret: Secret::parse("0123456789abcdef0123456789abcdef").unwrap(),
        }
    }

    #[test]
    fn a_token_keeps_its_letters_and_is_one_word_for_a_shell() {
        let text = token().to_string();
        assert_eq!(text, GOLDEN);
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        assert_eq!(format!(" {text}\n").parse(), Ok(token()));
    }

    #[test]
    fn what_is_no_token_says_what_to_do() {
        assert_eq!("10.0.0.1:5701".parse::<Token>(), Err(TokenError::NoToken));
        assert_eq!("thorp-box".parse::<Token>(), Err(TokenError::NoToken));
        assert_eq!("thorp2-AAAA".parse::<Token>(), Err(TokenError::Newer));
        assert!(Token::is_meant("thorp2-AAAA") && Token::is_meant(GOLDEN));
        assert!(!Token::is_meant("thorp-box:5701") && !Token::is_meant("box"));
    }

    proptest! {
        #[test]
        fn a_token_of_which_a_part_is_missing_is_damaged(cut in 1_usize..200) {
            let text = token().to_string();
            let left = text.len().saturating_sub(cut).max(super::HEAD.len());
            let rest: String = text.chars().take(left).collect();
            assert_eq!(rest.parse::<Token>(), Err(TokenError::Damaged));
        }

        #[test]
        fn any_text_is_answered(text in any::<String>(), letters in "[A-Za-z0-9_-]{0,80}") {
            assert!(text.parse::<Token>().is_err());
            assert!(format!("thorp1-{letters}").parse::<Token>().is_err());
        }
    }
}
