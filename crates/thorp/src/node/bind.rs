//! Ports of a node: bound, or an error that names who has them.

use std::net::SocketAddr;
use std::path::Path;

use model::fault::{Fault, Kind};
use tokio::net::{TcpListener, lookup_host};

/// Listens on `address`, which `flag` sets; port 0 is any free one.
pub(crate) async fn bind(
    address: &str,
    flag: &'static str,
) -> Result<std::net::TcpListener, BindError> {
    let unusable = |source| BindError::Unusable { address: address.to_owned(), flag, source };
    let mut last = None;
    for candidate in lookup_host(address).await.map_err(unusable)? {
        match TcpListener::bind(candidate).await {
            Ok(listener) => return listener.into_std().map_err(unusable),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                let holder = holder(candidate.port()).unwrap_or_else(|| "another process".into());
                return Err(BindError::Taken { address: candidate, holder, flag });
            }
            Err(error) => last = Some(error),
        }
    }
    Err(unusable(last.unwrap_or_else(|| std::io::Error::other("the name has no address"))))
}

/// The process that listens on a port of this machine, as far as this user may see it.
fn holder(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| listening(&table, port))
        .collect();
    let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let id = ids.find(|id| has_socket(&format!("/proc/{id}/fd"), &inodes))?;
    let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(format!("{} (process {id})", name.trim()))
}

/// The inodes of the sockets of a table of the kernel that listen on `port`.
fn listening(table: &str, port: u16) -> Vec<String> {
    const LISTENS: &str = "0A";
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (_, hex) = fields.get(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(hex, 16) == Ok(port) && *fields.get(3)? == LISTENS;
        is_it.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]"))).flatten()
    };
    table.lines().skip(1).filter_map(inode).collect()
}

fn has_socket(folder: &str, sockets: &[String]) -> bool {
    let Ok(files) = std::fs::read_dir(Path::new(folder)) else { return false };
    files.filter_map(Result::ok).any(|file| {
        let target = std::fs::read_link(file.path()).unwrap_or_default();
        target.to_str().is_some_and(|target| sockets.iter().any(|socket| socket == target))
    })
}

/// Why a port cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("`{address}` is in use by {holder}")]
    Taken { address: SocketAddr, holder: String, flag: &'static str },
    #[error("cannot listen on `{address}`")]
    Unusable { address: String, flag: &'static str, source: std::io::Error },
}

impl Fault for BindError {
    fn code(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "PORT_TAKEN",
            Self::Unusable { .. } => "ADDRESS_UNUSABLE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Taken { .. } => Kind::Conflict,
            Self::Unusable { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        let (Self::Taken { flag, .. } | Self::Unusable { flag, .. }) = self;
        Some(format!("choose another address with {flag} HOST:PORT; port 0 takes any free one"))
    }
}
