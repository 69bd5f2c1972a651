//! The side of the node that wants in.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::clock::Clock;
use model::fault::{Fault, Kind};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsConnector, rustls};

use super::gate::{OTHER_CLUSTER, TOO_MANY, WRONG_SECRET};
use super::messages::{Message, receive, send};
use super::proof::{Conversation, EXPORTER_BYTES, EXPORTER_LABEL, Side};
use crate::address::Address;
use crate::cluster::ClusterName;
use crate::identity::{ALPN_JOIN, Fingerprint, Grant, NODE_NAME, NodeKey, client_builder, roots};
use crate::limits;
use crate::secret::{Secret, random};
use crate::transport::{Refusal, VERSION, Version, explained, reach};

/// A node that wants into a cluster, or wants to ask it something.
#[derive(Debug, Clone)]
pub struct Joiner {
    pub key: Arc<NodeKey>,
    pub cluster: ClusterName,
    pub secret: Secret,
    /// The authority that a token names; without one the secret alone says who is right.
    pub authority: Option<Fingerprint>,
    pub clock: Arc<dyn Clock>,
}

/// What a joiner got.
#[derive(Debug)]
pub struct Joined {
    pub grant: Grant,
    /// What the cluster's doorkeeper said.
    pub welcome: Bytes,
}

/// Why a node did not get in.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Nobody there, or the connection broke; trying again may help.
    #[error("`{address}` cannot be joined: {reason}")]
    Unreachable { address: String, reason: String },
    /// Somebody is there and does not answer, as nodes do that are in no cluster yet.
    #[error("`{address}` cannot be joined: no answer came in time")]
    Silent { address: String },
    #[error("`{address}` refused the secret: it is not the one of cluster `{cluster}`")]
    WrongSecret { address: String, cluster: ClusterName },
    #[error("`{address}` does not know the secret of cluster `{cluster}`, although it says so")]
    Impostor { address: String, cluster: ClusterName },
    #[error("`{address}` has another authority than the token names")]
    OtherAuthority { address: String },
    #[error("`{address}` is not of cluster `{cluster}`: {text}")]
    OtherCluster { address: String, cluster: ClusterName, text: String },
    #[error("`{address}` lets nobody in from here: {text}")]
    TooMany { address: String, text: String },
    /// The cluster's doorkeeper said no.
    #[error("`{address}` refused")]
    Refused {
        address: String,
        #[source]
        refusal: Refusal,
    },
}

impl Fault for JoinError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } => "JOIN_UNREACHABLE",
            Self::WrongSecret { .. } => "JOIN_SECRET",
            Self::Impostor { .. } | Self::OtherAuthority { .. } => "JOIN_IMPOSTOR",
            Self::OtherCluster { .. } => "JOIN_CLUSTER",
            Self::TooMany { .. } => "JOIN_LIMIT",
            Self::Refused { .. } => "JOIN_REFUSED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } => Kind::Unavailable,
            Self::WrongSecret { .. } | Self::Impostor { .. } | Self::OtherAuthority { .. } => {
                Kind::Denied
            }
            Self::OtherCluster { .. } => Kind::NotFound,
            Self::TooMany { .. } => Kind::Limit,
            Self::Refused { refusal, .. } => refusal.kind,
        }
    }

    fn help(&self) -> Option<String> {
        let text = match self {
            Self::WrongSecret { .. } => "copy the secret file of a member and pass --secret-file",
            Self::OtherCluster { .. } => "name the cluster with --cluster",
            Self::OtherAuthority { .. } => "get a new token from the cluster: thorp token",
            _ => return None,
        };
        Some(text.into())
    }
}

impl Joiner {
    /// Asks the cluster of the member at `address` to let this node in. `text` is for its
    /// doorkeeper.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn join(&self, address: &Address, text: Bytes) -> Result<Joined, JoinError> {
        self.join_within(address, Duration::from_millis(limits::MEET_MS), text).await
    }

    /// The same, when the member proves within `meet` that it is one.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn join_within(
        &self,
        address: &Address,
        meet: Duration,
        text: Bytes,
    ) -> Result<Joined, JoinError> {
        let asked = |conversation: &Conversation<'_>| {
            let signature = self.key.sign(&conversation.to_sign());
            let signature = signature.map_err(|error| unreachable(address, error))?;
            let key = Bytes::copy_from_slice(self.key.peer().bytes());
            Ok(Message::Request { key, signature: signature.into(), text })
        };
        match self.talk(address, meet, asked).await? {
            (Message::Granted { pem, welcome }, shown) => {
                let grant = Grant { pem };
                // The authority is the one whose certificate this connection was made with.
                if grant.fingerprint() != Some(shown) {
                    let address = address.to_string();
                    return Err(JoinError::OtherAuthority { address });
                }
                Ok(Joined { grant, welcome })
            }
            _ => Err(unreachable(address, "the answer cannot be understood")),
        }
    }

    /// Asks the cluster of the member at `address` something, without joining it.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn ask(&self, address: &Address, text: Bytes) -> Result<Bytes, JoinError> {
        let meet = Duration::from_millis(limits::MEET_MS);
        match self.talk(address, meet, |_| Ok(Message::Question { text })).await? {
            (Message::Answer { text }, _) => Ok(text),
            _ => Err(unreachable(address, "the answer cannot be understood")),
        }
    }

    /// Proves the secret, has it proved, sends what `ask` makes and returns the answer with the
    /// authority that the member showed.
    pub(super) async fn talk(
        &self,
        address: &Address,
        meet: Duration,
        ask: impl FnOnce(&Conversation<'_>) -> Result<Message, JoinError>,
    ) -> Result<(Message, Fingerprint), JoinError> {
        let broken = |error: io::Error| unreachable(address, error);
        let slow = |_| JoinError::Silent { address: address.to_string() };
        let met = tokio::time::timeout(meet, self.meet(address)).await.map_err(slow)?;
        let (mut stream, conversation, shown) = met?;
        send(&mut stream, &ask(&conversation)?).await.map_err(broken)?;
        let time = Duration::from_millis(limits::ADMIT_MS + limits::HANDSHAKE_MS);
        let answer = tokio::time::timeout(time, receive(&mut stream, limits::JOIN_BYTES_MAX));
        match answer.await.map_err(slow)?.map_err(broken)? {
            Message::Refused { head, text } => Err(self.refused(address, &head, text)),
            answer => Ok((answer, shown)),
        }
    }

    /// Until both sides have proved the secret.
    async fn meet(
        &self,
        address: &Address,
    ) -> Result<(TlsStream<TcpStream>, Conversation<'_>, Fingerprint), JoinError> {
        let broken = |error: io::Error| unreachable(address, error);
        let (mut stream, shown) = self.connect(address).await?;
        let mut exporter = [0; EXPORTER_BYTES];
        let (_, connection) = stream.get_ref();
        connection
            .export_keying_material(&mut exporter, EXPORTER_LABEL, None)
            .map_err(|error| unreachable(address, error))?;
        let Version { major, minor } = VERSION;
        let joiner_nonce = random();
        let cluster = self.cluster.to_string();
        let hello = Message::Hello { major, minor, cluster, nonce: joiner_nonce };
        send(&mut stream, &hello).await.map_err(broken)?;
        let member_nonce = match self.receive(address, &mut stream).await? {
            Message::Challenge { major, minor, nonce } => {
                Version { major, minor }.check().map_err(|error| unreachable(address, error))?;
                nonce
            }
            _ => return Err(unreachable(address, "it did not answer the hello")),
        };
        let cluster = self.cluster.as_str();
        let conversation = Conversation { cluster, joiner_nonce, member_nonce, exporter };
        let code = conversation.prove(&self.secret, Side::Joiner).into();
        send(&mut stream, &Message::Proof { code }).await.map_err(broken)?;
        match self.receive(address, &mut stream).await? {
            Message::Proof { code }
                if conversation.is_proved(&self.secret, Side::Member, &code) =>
            {
                Ok((stream, conversation, shown))
            }
            _ => {
                let (address, cluster) = (address.to_string(), self.cluster.clone());
                Err(JoinError::Impostor { address, cluster })
            }
        }
    }

    async fn receive(
        &self,
        address: &Address,
        stream: &mut TlsStream<TcpStream>,
    ) -> Result<Message, JoinError> {
        match receive(stream, limits::STRANGER_BYTES_MAX).await {
            Ok(Message::Refused { head, text }) => Err(self.refused(address, &head, text)),
            Ok(message) => Ok(message),
            Err(error) => Err(unreachable(address, error)),
        }
    }

    async fn connect(
        &self,
        address: &Address,
    ) -> Result<(TlsStream<TcpStream>, Fingerprint), JoinError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Stranger { provider: Arc::clone(&provider), authority: self.authority };
        let mut config = client_builder(&provider, &self.clock)
            .map_err(|error| unreachable(address, error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN_JOIN.to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        let time = Duration::from_millis(limits::CONNECT_MS);
        let tcp = tokio::time::timeout(time, reach(address)).await;
        let tcp = tcp.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let tcp = tcp.map_err(|error| unreachable(address, error))?;
        let name = ServerName::try_from(NODE_NAME).map_err(|error| unreachable(address, error))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        let stream = stream.map_err(|error| match self.authority {
            Some(_) if is_unknown_issuer(&error) => {
                JoinError::OtherAuthority { address: address.to_string() }
            }
            _ => unreachable(address, explained(&error)),
        })?;
        let chain = stream.get_ref().1.peer_certificates();
        let shown = chain.and_then(|chain| chain.last()).map(Fingerprint::of);
        let shown = shown.ok_or_else(|| unreachable(address, "it showed no certificate"))?;
        Ok((stream, shown))
    }

    fn refused(&self, address: &Address, head: &str, text: String) -> JoinError {
        let (address, cluster) = (address.to_string(), self.cluster.clone());
        let Some(refusal) = Refusal::read(head, &text) else {
            let reason = "the refusal cannot be understood".into();
            return JoinError::Unreachable { address, reason };
        };
        match refusal.code.as_str() {
            WRONG_SECRET => JoinError::WrongSecret { address, cluster },
            OTHER_CLUSTER => JoinError::OtherCluster { address, cluster, text },
            TOO_MANY => JoinError::TooMany { address, text },
            _ => JoinError::Refused { address, refusal },
        }
    }
}

fn unreachable(address: &Address, reason: impl std::fmt::Display) -> JoinError {
    JoinError::Unreachable { address: address.to_string(), reason: reason.to_string() }
}

fn is_unknown_issuer(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
    inner == Some(&unknown)
}

/// Does not know the cluster yet. It checks that the member has the key of the certificate that
/// it shows, and that the authority of a token made that; all else is up to the proofs.
#[derive(Debug)]
struct Stranger {
    provider: Arc<CryptoProvider>,
    authority: Option<Fingerprint>,
}

impl ServerCertVerifier for Stranger {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let Some(authority) = intermediates.last() else { return Err(unknown) };
        if self.authority.is_some_and(|expected| expected != Fingerprint::of(authority)) {
            return Err(unknown);
        }
        let roots = Arc::new(roots(&authority.clone().into_owned())?);
        let provider = Arc::clone(&self.provider);
        let inner = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        inner.verify_server_cert(end_entity, &[], name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken here".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
