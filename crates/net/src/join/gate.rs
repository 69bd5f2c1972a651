//! The side of a member: lets in who knows the secret and whom the cluster admits.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::fault::Kind;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::messages::{Message, invalid, receive, send};
use super::proof::{Conversation, EXPORTER_BYTES, EXPORTER_LABEL, Side};
use crate::identity::{Credentials, Grant, PeerId};
use crate::limits;
use crate::secret::{Secret, random};
use crate::sources::Sources;
use crate::transport::{Pending, Refusal, VERSION, Version};

/// Decides for the cluster. Everybody who asks has proved the secret.
pub trait Doorkeeper: Debug + Send + Sync {
    /// Answers a node that does not want in; for instance whether two clusters that found each
    /// other are one, and which of them yields.
    fn question(&self, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>>;

    /// Admits the node `peer`, which has the key that it claims, and returns what it needs to know:
    /// the welcome. The node may ask again when the answer was lost on the way.
    fn admit(&self, peer: PeerId, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>>;
}

/// The way into a cluster.
#[derive(Debug)]
pub struct Gate {
    secret: Secret,
    doorkeeper: Arc<dyn Doorkeeper>,
    wrong: Mutex<Sources>,
}

/// A code of a refusal that the gate gives by itself.
pub(super) const WRONG_SECRET: &str = "JOIN_SECRET";
/// See [`WRONG_SECRET`].
pub(super) const OTHER_CLUSTER: &str = "JOIN_CLUSTER";
/// See [`WRONG_SECRET`].
pub(super) const TOO_MANY: &str = "JOIN_LIMIT";
const VERSION_REFUSED: &str = "JOIN_VERSION";
const NODE_REMOVED: &str = "NODE_REMOVED";

/// Why a conversation ended without an answer of the cluster.
#[derive(Debug, thiserror::Error)]
enum GateError {
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("it took too long")]
    Slow,
}

impl Gate {
    /// A gate for those who know `secret`.
    #[must_use]
    pub fn new(secret: Secret, doorkeeper: Arc<dyn Doorkeeper>) -> Self {
        Self { secret, doorkeeper, wrong: Mutex::default() }
    }

    /// Talks with a stranger until he is in, refused or gone.
    pub(crate) async fn receive(
        &self,
        mut stream: TlsStream<TcpStream>,
        from: SocketAddr,
        credentials: &Credentials,
    ) {
        match self.talk(&mut stream, from, credentials).await {
            Ok(()) => {}
            Err(GateError::Refused(refusal)) => {
                let (code, reason) = (&refusal.code, &refusal.text);
                if code == TOO_MANY {
                    tracing::debug!(%from, code, reason, "join refused");
                } else {
                    tracing::warn!(%from, code, reason, "join refused");
                }
                let told = tell(&mut stream, &refusal);
                let time = Duration::from_millis(limits::HANDSHAKE_MS);
                if !matches!(tokio::time::timeout(time, told).await, Ok(Ok(()))) {
                    tracing::debug!(%from, "the joiner did not wait for the refusal");
                }
            }
            Err(error) => {
                let reason = model::fault::Chain(&error);
                tracing::info!(%from, %reason, "join broken off");
            }
        }
    }

    async fn talk(
        &self,
        stream: &mut TlsStream<TcpStream>,
        from: SocketAddr,
        credentials: &Credentials,
    ) -> Result<(), GateError> {
        let time = Duration::from_millis(limits::HANDSHAKE_MS);
        let proved = self.prove(stream, from, credentials);
        let to_sign = tokio::time::timeout(time, proved).await.map_err(|_| GateError::Slow)??;
        let asked = tokio::time::timeout(time, receive(stream, limits::JOIN_BYTES_MAX));
        let asked = asked.await.map_err(|_| GateError::Slow)??;
        let time = Duration::from_millis(limits::ADMIT_MS);
        let answer = tokio::time::timeout(time, self.decide(asked, &to_sign, from, credentials));
        let answer = answer.await.map_err(|_| {
            let text = format!("the cluster did not decide within {} ms", limits::ADMIT_MS);
            GateError::Refused(Refusal::new("JOIN_REFUSED", Kind::Unavailable, text))
        })??;
        send(stream, &answer).await?;
        Ok(())
    }

    /// Until both sides have proved the secret; returns what the joiner has to sign.
    async fn prove(
        &self,
        stream: &mut TlsStream<TcpStream>,
        from: SocketAddr,
        credentials: &Credentials,
    ) -> Result<Vec<u8>, GateError> {
        let Message::Hello { major, minor, cluster, nonce } =
            receive(stream, limits::STRANGER_BYTES_MAX).await?
        else {
            return Err(invalid("it did not begin with a hello").into());
        };
        let refuse = |code, kind, text: String| GateError::Refused(Refusal::new(code, kind, text));
        Version { major, minor }
            .check()
            .map_err(|error| refuse(VERSION_REFUSED, Kind::Invalid, error.to_string()))?;
        let own = &credentials.place().cluster;
        if cluster != own.as_str() {
            let text = format!("this is cluster `{own}`");
            return Err(refuse(OTHER_CLUSTER, Kind::NotFound, text));
        }
        let now_ms = credentials.clock().monotonic_ms();
        if let Some(wait_ms) = self.wrong().wait_ms(from.ip(), now_ms) {
            let text = format!("too many wrong secrets from {}; wait {wait_ms} ms", from.ip());
            return Err(refuse(TOO_MANY, Kind::Limit, text));
        }
        let mut exporter = [0; EXPORTER_BYTES];
        let (_, connection) = stream.get_ref();
        connection
            .export_keying_material(&mut exporter, EXPORTER_LABEL, None)
            .map_err(io::Error::other)?;
        let conversation = Conversation {
            cluster: own.as_str(),
            joiner_nonce: nonce,
            member_nonce: random(),
            exporter,
        };
        let Version { major, minor } = VERSION;
        let nonce = conversation.member_nonce;
        send(stream, &Message::Challenge { major, minor, nonce }).await?;
        let Message::Proof { code } = receive(stream, limits::STRANGER_BYTES_MAX).await? else {
            return Err(invalid("it did not prove the secret").into());
        };
        if !conversation.is_proved(&self.secret, Side::Joiner, &code) {
            self.wrong().count(from.ip(), now_ms);
            let text = format!("the secret is not the one of cluster `{own}`");
            return Err(refuse(WRONG_SECRET, Kind::Denied, text));
        }
        let code = conversation.prove(&self.secret, Side::Member).into();
        send(stream, &Message::Proof { code }).await?;
        Ok(conversation.to_sign())
    }

    async fn decide(
        &self,
        asked: Message,
        to_sign: &[u8],
        from: SocketAddr,
        credentials: &Credentials,
    ) -> Result<Message, GateError> {
        match asked {
            Message::Question { text } => {
                let text = self.doorkeeper.question(text).await.map_err(GateError::Refused)?;
                Ok(Message::Answer { text })
            }
            Message::Request { key, signature, text } => {
                let peer = PeerId::from_bytes(&key)
                    .filter(|peer| peer.has_signed(to_sign, &signature))
                    .ok_or_else(|| invalid("it does not have the key that it shows"))?;
                if credentials.is_removed(&peer) {
                    let text = format!("the cluster has removed the node {peer}");
                    let refusal = Refusal::new(NODE_REMOVED, Kind::Denied, text);
                    return Err(GateError::Refused(refusal));
                }
                let welcome =
                    self.doorkeeper.admit(peer, text).await.map_err(GateError::Refused)?;
                tracing::info!(%from, %peer, "node joined");
                Ok(Message::Granted { pem: Grant::of(credentials.authority()).pem, welcome })
            }
            _ => Err(invalid("it neither asked nor wanted in").into()),
        }
    }

    fn wrong(&self) -> MutexGuard<'_, Sources> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a refusal, and waits until the other side has closed, so that it is not lost.
async fn tell(stream: &mut TlsStream<TcpStream>, refusal: &Refusal) -> io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    send(stream, &Message::refused(refusal)).await?;
    stream.shutdown().await?;
    let mut rest = [0; 64];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
