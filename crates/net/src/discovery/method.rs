//! The places to look as people name them: `thorp up --join METHOD`.

use std::path::PathBuf;
use std::str::FromStr;

use model::fault::{Fault, Kind};

use super::{Discovery, Fixed, LookError, Me, MembersFile, Multicast, Registry};
use crate::address::{Address, AddressError};
use crate::identity::PeerId;
use crate::token::{Token, TokenError};

/// One way to find a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// `multicast`
    Multicast,
    /// `file:PATH`: a file of members
    File(PathBuf),
    /// `dir:PATH`: a registry directory
    Dir(PathBuf),
    /// `HOST:PORT[,HOST:PORT]`: members to join; such a node never founds
    Members(Vec<Address>),
    /// The line of `thorp token`; such a node never founds
    Token(Token),
}

/// A text that names no place to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    #[error("`{0}:` names no path")]
    NoPath(&'static str),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl Fault for MethodError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoPath(_) => "JOIN_METHOD",
            Self::Token(error) => error.code(),
            Self::Address(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some(
            "use multicast, file:PATH, dir:PATH, HOST:PORT,... or the line of `thorp token`".into(),
        )
    }
}

impl FromStr for Method {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Self, MethodError> {
        let text = text.trim();
        if text == "multicast" {
            return Ok(Self::Multicast);
        }
        for (word, is_file) in [("file", true), ("dir", false)] {
            let path = text.strip_prefix(word).and_then(|rest| rest.strip_prefix(':'));
            match path.map(PathBuf::from) {
                None => {}
                Some(path) if path.as_os_str().is_empty() => return Err(MethodError::NoPath(word)),
                Some(path) if is_file => return Ok(Self::File(path)),
                Some(path) => return Ok(Self::Dir(path)),
            }
        }
        if Token::is_meant(text) {
            return Ok(Self::Token(text.parse()?));
        }
        let members = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self::Members(members))
    }
}

impl Method {
    /// The place to look, for the node `me` with the key `peer`.
    ///
    /// # Errors
    ///
    /// When the machine has no multicast.
    pub fn open(self, me: Me, peer: PeerId) -> Result<Box<dyn Discovery>, LookError> {
        Ok(match self {
            Self::Multicast => Box::new(Multicast::start(me, peer, None)?),
            Self::File(path) => Box::new(MembersFile::new(me, path, None)),
            Self::Dir(path) => Box::new(Registry::new(me, path)),
            Self::Members(members) => Box::new(Fixed::to_join(me, members)),
            Self::Token(token) => Box::new(Fixed::to_join(me, token.members)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::Method;

    #[test]
    fn each_way_is_read() {
        for (text, expected) in [
            ("multicast", "Multicast"),
            ("file:/a b", "File(\"/a b\")"),
            ("dir:x", "Dir(\"x\")"),
            ("dir:", "`dir:` names no path"),
            (
                "a:1,[::1]",
                "Members([Address { host: \"a\", port: 1 }, Address { host: \"::1\", port: 5701 }])",
            ),
            ("a,", "`` is not an address: it names no host"),
            ("thorp1-AA", "the token is damaged; a part of it may be missing"),
        ] {
            let read = text.parse::<Method>();
            let shown = read.map_or_else(|error| error.to_string(), |way| format!("{way:?}"));
            assert_eq!(shown, expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            drop(text.parse::<Method>());
        }
    }
}
