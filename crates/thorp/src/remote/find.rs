//! Which cluster is meant: the one that is named, `THORP_CLUSTER`, or the one with nodes of this
//! user.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use model::fault::{Fault, Kind};

use crate::node::contact::{Contact, Contacts};

/// How long a node of this machine may take to accept a connection.
const LISTENS_WITHIN: Duration = Duration::from_secs(1);

/// A node to talk to.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    pub url: String,
    pub token: String,
    /// The certificate authority as PEM; the usual ones of this machine when there is none.
    pub authority: Option<String>,
}

impl Found {
    /// Looks for the node that is meant: `url`, else `THORP_CLUSTER`, else one of this user.
    ///
    /// # Errors
    ///
    /// [`NotFound`] when nothing says which, or no token is known for it.
    pub fn look(url: Option<&str>) -> Result<Self, NotFound> {
        Self::look_in(Contacts::of_user().as_ref(), url.map(str::to_owned), None)
    }

    /// As [`Found::look`], among these contacts, and with `token` if there is one.
    pub(super) fn look_in(
        contacts: Option<&Contacts>,
        url: Option<String>,
        token: Option<String>,
    ) -> Result<Self, NotFound> {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let url = url.or_else(|| variable("THORP_CLUSTER"));
        let token = token.or_else(|| variable("THORP_TOKEN"));
        Self::choose(url, token, contacts.map(Contacts::all).unwrap_or_default())
    }

    fn choose(
        url: Option<String>,
        token: Option<String>,
        contacts: Vec<Contact>,
    ) -> Result<Self, NotFound> {
        let Some(url) = url else { return Self::only(token, &contacts) };
        let url = url.trim_end_matches('/').to_owned();
        let url = if url.contains("://") { url } else { format!("https://{url}") };
        let known =
            contacts.into_iter().find(|contact| contact.nodes.values().any(|node| *node == url));
        let (held, authority) = known.map(|known| (known.token, known.authority)).unzip();
        match token.or(held) {
            Some(token) => Ok(Self { url, token, authority }),
            None => Err(NotFound::Token { url }),
        }
    }

    fn only(token: Option<String>, contacts: &[Contact]) -> Result<Self, NotFound> {
        let nodes = contacts
            .iter()
            .flat_map(|contact| contact.nodes.values().map(move |url| (contact, url)));
        let nodes: Vec<_> = nodes.collect();
        let Some((contact, _)) = nodes.first() else { return Err(NotFound::Nowhere) };
        if contacts.iter().any(|other| other.cluster != contact.cluster) {
            let names = contacts.iter().map(|contact| contact.cluster.clone()).collect();
            return Err(NotFound::Several { names });
        }
        // A node that was killed could not take its address back.
        let url = nodes.iter().map(|(_, url)| *url).find(|url| listens(url));
        let Some(url) = url else { return Err(NotFound::Nowhere) };
        let token = token.unwrap_or_else(|| contact.token.clone());
        Ok(Self { url: url.clone(), token, authority: Some(contact.authority.clone()) })
    }
}

/// Shows no secret.
impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Whether somebody accepts connections at `url`.
fn listens(url: &str) -> bool {
    let address = url.trim_start_matches("https://");
    let mut addresses = address.to_socket_addrs().into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, LISTENS_WITHIN).is_ok())
}

/// Why there is no cluster to talk to.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    #[error("no node of this user runs here")]
    Nowhere,
    #[error("nodes of several clusters run here: {}", .names.join(", "))]
    Several { names: Vec<String> },
    #[error("there is no token for `{url}`")]
    Token { url: String },
    #[error("the certificate authority of the cluster cannot be read")]
    Authority,
    #[error("failed to prepare for TLS")]
    Client { source: reqwest::Error },
}

impl Fault for NotFound {
    fn code(&self) -> &'static str {
        "CLUSTER_NOT_FOUND"
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Nowhere => Kind::NotFound,
            Self::Several { .. } => Kind::Invalid,
            Self::Token { .. } => Kind::Denied,
            Self::Authority | Self::Client { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Nowhere => "start one with `thorp up`, or say where it is with --cluster URL",
            Self::Several { .. } => "say which with --cluster URL or THORP_CLUSTER",
            Self::Token { .. } => "set THORP_TOKEN to what DATA/token of a node holds",
            Self::Authority | Self::Client { .. } => "start the node again, which writes it anew",
        };
        Some(help.to_owned())
    }
}

#[cfg(test)]
mod tests;
