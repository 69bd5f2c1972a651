//! Where a node is reached: a host (name, IPv4 or IPv6) and a port.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use model::fault::{Fault, Kind};

use crate::limits;

/// The port of peers when none is named.
pub const PEER_PORT: u16 = 5701;

/// A host and a port, as people write them: `10.0.0.1:5701`, `[::1]:5701`, `box.lan:5701`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address: {reason}")]
pub struct AddressError {
    text: String,
    reason: &'static str,
}

impl Fault for AddressError {
    fn code(&self) -> &'static str {
        "ADDRESS_INVALID"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some("write it as HOST:PORT, an IPv6 address in brackets: [fd00::1]:5701".into())
    }
}

impl Address {
    /// The host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether only nodes of this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let parsed = self.host.parse::<IpAddr>();
        self.host == "localhost" || parsed.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }

    /// The address of this machine that others most likely reach, with `port`: the one of the
    /// interface with the default route, else of the first interface, else loopback.
    #[must_use]
    pub fn of_this_machine(port: u16) -> Self {
        let ip = default_route().or_else(first_interface);
        SocketAddr::new(ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), port).into()
    }

    /// The addresses behind the host, at most [`limits::RESOLVED_MAX`].
    ///
    /// # Errors
    ///
    /// What the system says when it knows no such host.
    pub(crate) async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        Ok(found.take(limits::RESOLVED_MAX).collect())
    }
}

/// Connecting a datagram socket sends nothing; it only asks the system for a route.
fn default_route() -> Option<IpAddr> {
    let ways: [(IpAddr, IpAddr); 2] = [
        (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into()),
        (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into()),
    ];
    ways.into_iter().find_map(|(own, far)| {
        let socket = UdpSocket::bind((own, 0)).ok()?;
        socket.connect((far, 9)).ok()?;
        let ip = socket.local_addr().ok()?.ip();
        (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
    })
}

fn first_interface() -> Option<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().ok()?;
    let ips = || interfaces.iter().filter(|one| !one.is_loopback()).map(if_addrs::Interface::ip);
    ips().find(IpAddr::is_ipv4).or_else(|| ips().next())
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_canonical().to_string(), port: address.port() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = |reason| AddressError {
            text: text.chars().take(limits::HOST_LETTERS_MAX).collect(),
            reason,
        };
        let (host, port) = split(text).ok_or_else(|| wrong("a bracket is not closed"))?;
        let port = match port {
            None => PEER_PORT,
            Some(port) => port.parse().map_err(|_| wrong("the port is not in 0 to 65535"))?,
        };
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        if host.len() > limits::HOST_LETTERS_MAX {
            return Err(wrong("the host has more than 253 letters"));
        }
        let host = if host.contains(':') {
            let (ip, zone) = host.split_once('%').map_or((host, None), |(ip, z)| (ip, Some(z)));
            let ip: Ipv6Addr = ip.parse().map_err(|_| wrong("the host is not an IPv6 address"))?;
            match zone {
                None => ip.to_string(),
                Some(zone) if is_name(zone) => format!("{ip}%{zone}"),
                Some(_) => return Err(wrong("the host is not an IPv6 address")),
            }
        } else if is_name(host) {
            host.to_ascii_lowercase()
        } else {
            return Err(wrong("a host has letters, digits, `.`, `-` and `_`"));
        };
        Ok(Self { host, port })
    }
}

/// Host and port; an IPv6 address has a port only when it stands in brackets.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest {
            "" => Some((host, None)),
            rest => Some((host, Some(rest.strip_prefix(':')?))),
        };
    }
    match text.matches(':').count() {
        0 => Some((text, None)),
        1 => text.split_once(':').map(|(host, port)| (host, Some(port))),
        _ => Some((text, None)),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests;
