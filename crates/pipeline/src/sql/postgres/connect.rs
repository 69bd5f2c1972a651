//! Reaching a server, with TLS or without.

use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, NoTls, Socket};

use super::super::engine::Server;
use super::client::told;
use super::tls::SetupError;
use crate::sql::limits;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error("{}", told(.0))]
    Refused(Error),
    #[error("the server does not offer TLS; turn it on there (`ssl = on`) or set `sslmode=prefer`")]
    NoTls,
    #[error("{}; without TLS: {}", told(.encrypted), told(.plain))]
    Both { encrypted: Error, plain: Error },
    #[error("no answer within {seconds} s")]
    Slow { seconds: u64 },
}

/// Connects to `server`; the messages move on the threads of `runtime`.
pub(super) async fn connect(server: &Server, runtime: &Handle) -> Result<Client, ConnectError> {
    let mut config = server.config.clone();
    let wait = config.get_connect_timeout().copied().unwrap_or(limits::DATABASE_CONNECT_MAX);
    config.connect_timeout(wait);
    let hosts = config.get_hosts().len().max(config.get_hostaddrs().len()).max(1);
    // The client's own bound ends with the first byte, not with the greeting.
    let all = wait.saturating_mul(u32::try_from(hosts).unwrap_or(u32::MAX));
    let connected = timeout(all, negotiate(server, config, runtime)).await;
    connected.map_err(|_| ConnectError::Slow { seconds: all.as_secs() })?
}

async fn negotiate(
    server: &Server,
    mut config: Config,
    runtime: &Handle,
) -> Result<Client, ConnectError> {
    let mode = config.get_ssl_mode();
    if mode == SslMode::Disable {
        return begin(&config, NoTls, runtime).await.map_err(ConnectError::Refused);
    }
    let encrypted = match begin(&config, server.tls.connector()?, runtime).await {
        Ok(client) => return Ok(client),
        Err(error) if mode != SslMode::Prefer && is_without_tls(&error) => {
            return Err(ConnectError::NoTls);
        }
        Err(error) if mode != SslMode::Prefer || !may_do_without(&error) => {
            return Err(ConnectError::Refused(error));
        }
        Err(error) => error,
    };
    config.ssl_mode(SslMode::Disable);
    begin(&config, NoTls, runtime).await.map_err(|plain| ConnectError::Both { encrypted, plain })
}

async fn begin<T>(config: &Config, tls: T, runtime: &Handle) -> Result<Client, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    T::TlsConnect: TlsConnect<Socket>,
{
    let (client, connection) = config.connect(tls).await?;
    // It ends with the client; what goes wrong shows in the next statement.
    runtime.spawn(async move { connection.await.is_ok() });
    Ok(client)
}

/// What the client says when the server declines TLS.
fn is_without_tls(error: &Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|cause| cause.to_string() == "server does not support TLS")
}

/// Whether a server might talk without TLS although it offers it: the handshake failed, or it
/// lets this user in only without.
fn may_do_without(error: &Error) -> bool {
    match error.code() {
        Some(code) => *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        None => error.to_string().starts_with("error performing TLS handshake"),
    }
}
