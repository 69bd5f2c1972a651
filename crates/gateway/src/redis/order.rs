//! What a command wants of the connection or the door, and not of the data.

use bytes::Bytes;

use super::clients::Unblock;
use super::hub::Kind;
use super::reply::Protocol;
use super::tracking::Tracking;

/// An order to the connection or the door.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Authenticate(Credentials),
    Hello(Hello),
    Quit,
    Reset,
    /// Reads may be old from now on, or no longer.
    Stale(bool),
    Client(OfClient),
    Replies(Replies),
    Multi,
    Exec,
    Discard,
    Watch(Vec<Bytes>),
    Unwatch,
    Listen(Kind, Vec<Bytes>),
    /// No names: all of them.
    Ignore(Kind, Vec<Bytes>),
    Channels(Kind, Option<Bytes>),
    Subscribers(Kind, Vec<Bytes>),
    Patterns,
    Wait,
    /// None: the pause is over.
    Pause(Option<Pause>),
    Ping(Option<Bytes>),
    Info(Vec<Bytes>),
}

/// What a client shows to be let in.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) user: Option<Bytes>,
    pub(super) secret: Bytes,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Hello {
    pub(super) protocol: Option<Protocol>,
    pub(super) credentials: Option<Credentials>,
    pub(super) name: Option<Bytes>,
}

/// Orders of `CLIENT`.
#[derive(Debug, Clone)]
pub(super) enum OfClient {
    Id,
    GetName,
    SetName(Bytes),
    Info,
    List(Chosen),
    /// By its address, as the old form of the command has it.
    KillAddress(Bytes),
    Kill(Chosen),
    Unblock(u64, Unblock),
    /// None: nothing is tracked any more.
    Track(Option<Tracking>),
    Cache(bool),
    Redirection,
    TrackingInfo,
}

/// Commands of all connections wait for a while.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    pub(super) ms: u64,
    pub(super) only_writes: bool,
}

/// Which connections are meant: those that all filters let pass.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    pub(super) ids: Option<Vec<u64>>,
    pub(super) address: Option<Bytes>,
    pub(super) local: Option<Bytes>,
    pub(super) kind: Option<Bytes>,
    /// Whether the connection itself is left out.
    pub(super) skips_me: bool,
}

/// Which replies a client wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Replies {
    #[default]
    All,
    None,
    /// Not that of the next command.
    SkipNext,
    /// Not that of this command.
    Skip,
}
