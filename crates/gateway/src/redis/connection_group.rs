//! Commands about the connection itself.

use bytes::Bytes;

use super::args::{Args, integer};
use super::clients::Unblock;
use super::command::{Action, Spec, container, incomplete, order, other, reply};
use super::error::ErrorReply;
use super::order::{Chosen, Credentials, Hello, OfClient, Order, Pause, Replies};
use super::reply::{Protocol, Reply};
use super::server::described::help;
use super::shared::Desk;
use super::tracking::{Mode, Tracking};

pub(super) const COMMANDS: &[Spec] = &[
    other("auth", -2, |args, _| {
        let first = args.bytes()?;
        let credentials = match args.rest().as_slice() {
            [] => Credentials { user: None, secret: first },
            [secret] => Credentials { user: Some(first), secret: secret.clone() },
            _ => return Err(ErrorReply::SYNTAX),
        };
        order(Order::Authenticate(credentials))
    }),
    container("client", -2, incomplete),
    other("client|caching", 3, |args, _| {
        client(OfClient::Cache(match () {
            () if args.takes("yes") => true,
            () if args.takes("no") => false,
            () => return Err(ErrorReply::SYNTAX),
        }))
    }),
    other("client|getname", 2, |_, _| client(OfClient::GetName)),
    other("client|getredir", 2, |_, _| client(OfClient::Redirection)),
    other("client|help", 2, help),
    other("client|id", 2, |_, _| client(OfClient::Id)),
    other("client|info", 2, |_, _| client(OfClient::Info)),
    other("client|kill", -3, kill),
    other("client|list", -2, list),
    other("client|no-evict", 3, |args, _| {
        // Nothing is evicted here.
        if args.takes("on") || args.takes("off") {
            reply(Reply::OK)
        } else {
            Err(ErrorReply::SYNTAX)
        }
    }),
    other("client|pause", -3, pause),
    other("client|reply", 3, |args, _| {
        order(Order::Replies(match () {
            () if args.takes("on") => Replies::All,
            () if args.takes("off") => Replies::None,
            () if args.takes("skip") => Replies::SkipNext,
            () => return Err(ErrorReply::SYNTAX),
        }))
    }),
    other("client|setname", 3, |args, _| client(OfClient::SetName(name(args.bytes()?)?))),
    other("client|tracking", -3, tracking),
    other("client|trackinginfo", 2, |_, _| client(OfClient::TrackingInfo)),
    other("client|unblock", -3, unblock),
    other("client|unpause", 2, |_, _| order(Order::Pause(None))),
    other("echo", 2, |args, _| reply(Reply::Bulk(args.bytes()?))),
    other("hello", -1, hello),
    other("ping", -1, |args, desk| {
        let text = if args.is_empty() { None } else { Some(args.bytes()?) };
        args.end().map_err(|_| ErrorReply::arity(desk.name))?;
        order(Order::Ping(text))
    }),
    other("quit", -1, |_, _| order(Order::Quit)),
    other("readonly", 1, |_, _| order(Order::Stale(true))),
    other("readwrite", 1, |_, _| order(Order::Stale(false))),
    other("reset", 1, |_, _| order(Order::Reset)),
    other("select", 2, |args, _| match args.database()? {
        0 => reply(Reply::OK),
        _ => Err(ErrorReply::fixed("ERR DB index is out of range")),
    }),
];

fn client(of_client: OfClient) -> Result<Action, ErrorReply> {
    order(Order::Client(of_client))
}

fn name(name: Bytes) -> Result<Bytes, ErrorReply> {
    if name.iter().all(|letter| (b'!'..=b'~').contains(letter)) {
        return Ok(name);
    }
    Err(ErrorReply::fixed(
        "ERR Client names cannot contain spaces, newlines or special characters.",
    ))
}

fn hello(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let mut hello = Hello::default();
    if !args.is_empty() {
        let not_a_number =
            ErrorReply::fixed("ERR Protocol version is not an integer or out of range");
        hello.protocol = Some(match integer(&args.bytes()?).ok_or(not_a_number)? {
            2 => Protocol::Resp2,
            3 => Protocol::Resp3,
            _ => return Err(ErrorReply::fixed("NOPROTO unsupported protocol version")),
        });
    }
    while let Some(next) = args.as_slice().first().cloned() {
        if args.left() > 2 && args.takes("auth") {
            let (user, secret) = (Some(args.bytes()?), args.bytes()?);
            hello.credentials = Some(Credentials { user, secret });
        } else if args.left() > 1 && args.takes("setname") {
            hello.name = Some(name(args.bytes()?)?);
        } else {
            let next = String::from_utf8_lossy(&next);
            return Err(ErrorReply::new(format!("ERR Syntax error in HELLO option '{next}'")));
        }
    }
    order(Order::Hello(hello))
}

fn pause(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let not_a_time = ErrorReply::fixed("ERR timeout is not an integer or out of range");
    let ms = integer(&args.bytes()?).ok_or(not_a_time)?;
    let negative = ErrorReply::fixed("ERR timeout is negative");
    let ms = u64::try_from(ms).map_err(|_| negative)?;
    let only_writes = match () {
        () if args.is_empty() || args.takes("all") => false,
        () if args.takes("write") => true,
        () => return Err(ErrorReply::fixed("ERR CLIENT PAUSE mode must be WRITE or ALL")),
    };
    args.end()?;
    order(Order::Pause(Some(Pause { ms, only_writes })))
}

fn unblock(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    if args.left() > 2 {
        return Err(ErrorReply::fixed(
            "ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.",
        ));
    }
    let id = args.integer()?;
    let how = match () {
        () if args.is_empty() || args.takes("timeout") => Unblock::AsTimeout,
        () if args.takes("error") => Unblock::WithError,
        () => {
            return Err(ErrorReply::fixed("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        }
    };
    args.end()?;
    client(OfClient::Unblock(u64::try_from(id).unwrap_or(0), how))
}

/// `ON | OFF [REDIRECT id] [PREFIX prefix ...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]`.
fn tracking(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let is_on = match () {
        () if args.takes("on") => true,
        () if args.takes("off") => false,
        () => return Err(ErrorReply::SYNTAX),
    };
    let (mut is_broadcast, mut opts_in, mut opts_out) = (false, false, false);
    let (mut tracking, mut prefixes) = (Tracking::default(), Vec::new());
    while !args.is_empty() {
        match () {
            () if args.left() > 1 && args.takes("redirect") => {
                let one = "ERR A client can only redirect to a single other client";
                if tracking.redirect.is_some() {
                    return Err(ErrorReply::fixed(one));
                }
                tracking.redirect = Some(u64::try_from(args.integer()?).unwrap_or_default());
            }
            () if args.left() > 1 && args.takes("prefix") => prefixes.push(args.bytes()?),
            () if args.takes("bcast") => is_broadcast = true,
            () if args.takes("optin") => opts_in = true,
            () if args.takes("optout") => opts_out = true,
            () if args.takes("noloop") => tracking.skips_own = true,
            () => return Err(ErrorReply::SYNTAX),
        }
    }
    if !is_on {
        return client(OfClient::Track(None));
    }
    tracking.mode = match (is_broadcast, opts_in, opts_out) {
        (false, ..) if !prefixes.is_empty() => {
            return Err(ErrorReply::fixed("ERR PREFIX option requires BCAST mode to be enabled"));
        }
        (true, false, false) => Mode::prefixes(&prefixes)?,
        (true, ..) => {
            return Err(ErrorReply::fixed("ERR OPTIN and OPTOUT are not compatible with BCAST"));
        }
        (false, true, true) => {
            let both = "ERR You can't specify both OPTIN mode and OPTOUT mode";
            return Err(ErrorReply::fixed(both));
        }
        (false, true, false) => Mode::OptIn,
        (false, false, true) => Mode::OptOut,
        (false, false, false) => Mode::Read,
    };
    client(OfClient::Track(Some(tracking)))
}

fn client_id(args: &mut Args) -> Result<u64, ErrorReply> {
    let wrong = ErrorReply::fixed("ERR client-id should be greater than 0");
    let id = integer(&args.bytes()?).and_then(|id| u64::try_from(id).ok());
    id.filter(|id| *id > 0).ok_or(wrong)
}

fn list(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    let mut chosen = Chosen::default();
    if args.left() == 2 && args.takes("type") {
        chosen.kind = Some(kind(args)?);
        args.end()?;
    } else if args.left() > 1 && args.takes("id") {
        let mut ids = Vec::new();
        while !args.is_empty() {
            let invalid = ErrorReply::fixed("ERR Invalid client ID");
            let id = integer(&args.bytes()?).and_then(|id| u64::try_from(id).ok());
            ids.push(id.ok_or(invalid)?);
        }
        chosen.ids = Some(ids);
    }
    args.end()?;
    client(OfClient::List(chosen))
}

fn kind(args: &mut Args) -> Result<Bytes, ErrorReply> {
    let kind = args.bytes()?;
    let known = ["normal", "master", "slave", "replica", "pubsub"];
    if known.iter().any(|known| kind.eq_ignore_ascii_case(known.as_bytes())) {
        return Ok(Bytes::from(kind.to_ascii_lowercase()));
    }
    let kind = String::from_utf8_lossy(&kind);
    Err(ErrorReply::new(format!("ERR Unknown client type '{kind}'")))
}

fn kill(args: &mut Args, _: &Desk<'_>) -> Result<Action, ErrorReply> {
    if args.left() == 1 {
        return client(OfClient::KillAddress(args.bytes()?));
    }
    let mut chosen = Chosen { skips_me: true, ..Chosen::default() };
    while !args.is_empty() {
        match () {
            () if args.left() < 2 => return Err(ErrorReply::SYNTAX),
            () if args.takes("id") => chosen.ids = Some(vec![client_id(args)?]),
            () if args.takes("addr") => chosen.address = Some(args.bytes()?),
            () if args.takes("laddr") => chosen.local = Some(args.bytes()?),
            () if args.takes("type") => chosen.kind = Some(kind(args)?),
            () if args.takes("user") => check_user(&args.bytes()?)?,
            () if args.takes("skipme") => {
                chosen.skips_me = match () {
                    () if args.takes("yes") => true,
                    () if args.takes("no") => false,
                    () => return Err(ErrorReply::SYNTAX),
                };
            }
            () => return Err(ErrorReply::SYNTAX),
        }
    }
    client(OfClient::Kill(chosen))
}

/// All connections are those of one user.
fn check_user(user: &[u8]) -> Result<(), ErrorReply> {
    if user == b"default" {
        return Ok(());
    }
    let user = String::from_utf8_lossy(user);
    Err(ErrorReply::new(format!("ERR No such user '{user}'")))
}
