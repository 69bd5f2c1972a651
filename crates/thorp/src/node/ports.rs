//! The ports of a node.
//!
//! They stay bound while a node starts over, so that nobody else gets them meanwhile.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::bind::{BindError, bind};
use super::options::Options;

/// Where a node listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    pub https: Option<SocketAddr>,
    pub peers: SocketAddr,
    pub redis: Option<SocketAddr>,
}

/// The ports of a node, bound as long as this lives.
#[derive(Debug, Default)]
pub(super) struct Ports {
    https: Option<std::net::TcpListener>,
    peers: Option<std::net::TcpListener>,
    redis: Option<std::net::TcpListener>,
}

/// The same ports, for a node that starts.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) https: Option<TcpListener>,
    pub(super) peers: TcpListener,
    pub(super) redis: Option<TcpListener>,
}

impl Ports {
    pub(super) async fn bind(options: &Options) -> Result<Self, BindError> {
        let https = match &options.https_listen {
            Some(address) => Some(bind(address, "--listen").await?),
            None => None,
        };
        let peers = Some(bind(&options.peers_listen, "--peer-listen").await?);
        let redis = match &options.redis_listen {
            Some(address) if !options.witness => Some(bind(address, "--redis-listen").await?),
            _ => None,
        };
        Ok(Self { https, peers, redis })
    }

    /// Where they are, and how a node listens there.
    pub(super) fn open(&self, options: &Options) -> Result<(Addresses, Listeners), BindError> {
        let opened = || Ok((self.addresses()?, self.listeners()?));
        opened().map_err(|source| {
            let address = options.peers_listen.clone();
            BindError::Unusable { address, flag: "--peer-listen", source }
        })
    }

    fn addresses(&self) -> io::Result<Addresses> {
        let at = |port: &Option<std::net::TcpListener>| {
            port.as_ref().map(std::net::TcpListener::local_addr).transpose()
        };
        Ok(Addresses {
            https: at(&self.https)?,
            peers: at(&self.peers)?.ok_or(io::ErrorKind::NotConnected)?,
            redis: at(&self.redis)?,
        })
    }

    fn listeners(&self) -> io::Result<Listeners> {
        let listener = |port: &Option<std::net::TcpListener>| {
            let port = port.as_ref().map(|port| TcpListener::from_std(port.try_clone()?));
            port.transpose()
        };
        Ok(Listeners {
            https: listener(&self.https)?,
            peers: listener(&self.peers)?.ok_or(io::ErrorKind::NotConnected)?,
            redis: listener(&self.redis)?,
        })
    }
}
