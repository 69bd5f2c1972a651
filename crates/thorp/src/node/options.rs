//! How a node is started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use control::tasks::Native;
use state::Format;

/// How a node is started. `Options::default()` is what `thorp up` does without flags.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of this node alone.
    pub data: PathBuf,
    /// The name of the cluster; `thorp`, or what a `hazelcast.edn` says, unless given.
    pub cluster: Option<String>,
    /// The name of this node among the members; the name of the host unless given.
    pub name: Option<String>,
    /// Where other members call, `HOST:PORT`; port 0 is any free one.
    pub peers_listen: String,
    /// Where the HTTPS door listens; `None`: there is no such door.
    pub https_listen: Option<String>,
    /// Where the Redis door listens; `None`: there is no such door.
    pub redis_listen: Option<String>,
    /// The address by which others reach the peers port, when it is not that of this machine.
    pub advertise: Option<String>,
    /// Where to look for a cluster, in this order.
    pub join: Vec<String>,
    /// The file with the secret of the cluster, which is made when it is absent.
    pub secret_file: Option<PathBuf>,
    /// The folder where the node says how programs of this user reach its HTTPS door; the usual
    /// one unless given.
    pub contacts: Option<PathBuf>,
    /// Whether the node votes and keeps a copy, and does nothing else.
    pub witness: bool,
    /// Functions of this program that members may call here, by name.
    pub functions: BTreeMap<String, Native>,
    /// How log entries are written: as nodes of the version before read them, or as this one does.
    pub format: Format,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: default_data(),
            cluster: None,
            name: None,
            peers_listen: "[::]:5701".into(),
            https_listen: Some("127.0.0.1:8443".into()),
            redis_listen: Some("127.0.0.1:6379".into()),
            advertise: None,
            join: Vec::new(),
            secret_file: None,
            contacts: None,
            witness: false,
            functions: BTreeMap::new(),
            format: Format::Newest,
        }
    }
}

/// `/var/lib/thorp` for root, else the data folder of the user.
fn default_data() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return "/var/lib/thorp".into();
    }
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let folder = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    folder.unwrap_or_default().join("thorp")
}
