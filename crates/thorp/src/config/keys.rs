//! The table of all settings. Files, variables, `thorp config` and the documentation go by it.

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// `section.key`, as in a file; the variable is `THORP__SECTION__KEY`.
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) default: Option<&'static str>,
    pub(crate) text: &'static str,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Flag,
    List,
}

impl Form {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Flag => "true or false",
            Self::List => "a list of texts",
        }
    }
}

pub(crate) const DATA: &str = "node.data";
pub(crate) const CLUSTER: &str = "node.cluster";
pub(crate) const NAME: &str = "node.name";
pub(crate) const WITNESS: &str = "node.witness";
pub(crate) const HTTPS_LISTEN: &str = "https.listen";
pub(crate) const REDIS_LISTEN: &str = "redis.listen";
pub(crate) const PEERS_LISTEN: &str = "peers.listen";
pub(crate) const ADVERTISE: &str = "peers.advertise";
pub(crate) const JOIN: &str = "peers.join";
pub(crate) const SECRET_FILE: &str = "peers.secret_file";

pub(crate) const KEYS: [Key; 10] = [
    Key {
        name: DATA,
        form: Form::Text,
        default: None,
        text: "The folder of this node; /var/lib/thorp for root, else ~/.local/share/thorp",
    },
    Key {
        name: CLUSTER,
        form: Form::Text,
        default: None,
        text: "The name of the cluster, thorp unless given; nodes of other names never join it",
    },
    Key {
        name: NAME,
        form: Form::Text,
        default: None,
        text: "The name of this node among the members; the name of the host when it is free",
    },
    Key {
        name: WITNESS,
        form: Form::Flag,
        default: None,
        text: "The node votes and keeps a copy, opens no data door and runs no work",
    },
    Key {
        name: HTTPS_LISTEN,
        form: Form::Text,
        default: Some("127.0.0.1:8443"),
        text: "Where the HTTPS door listens",
    },
    Key {
        name: REDIS_LISTEN,
        form: Form::Text,
        default: Some("127.0.0.1:6379"),
        text: "Where the Redis door listens; beyond loopback it asks for AUTH with the token",
    },
    Key {
        name: PEERS_LISTEN,
        form: Form::Text,
        default: Some("[::]:5701"),
        text: "Where other members call this node, by mutual TLS",
    },
    Key {
        name: ADVERTISE,
        form: Form::Text,
        default: None,
        text: "The address by which others reach the peers port, behind NAT for example",
    },
    Key {
        name: JOIN,
        form: Form::List,
        default: None,
        text: "Where to look for a cluster: HOST:PORT, a token line, multicast, file:PATH, dir:PATH",
    },
    Key {
        name: SECRET_FILE,
        form: Form::Text,
        default: None,
        text: "The file with the secret of the cluster; one for all nodes of a user by default",
    },
];

/// The key called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
