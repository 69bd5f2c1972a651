//! What a person finds in the logs when a join fails.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use net::discovery::{Fixed, Me};
use net::entry::enter;
use net::secret::Secret;
use net::transport::Server;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Node, Running, gate};

/// Keeps what is written.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_wrong_secret_is_logged_with_the_reason_on_both_sides() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::WARN)
        .with_writer(kept.clone())
        .with_ansi(false)
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let host = Node::founder("dev");
    let server =
        Server::new(&host.credentials()).with_gate(gate(&Secret::random(), &Arc::default()));
    let server = Running::start(server).await;
    let address = "127.0.0.1:1".parse().unwrap();
    let me = Me { cluster: "dev".parse().unwrap(), address, host: "box".into() };
    let fixed = Fixed::to_join(me, vec![server.address.parse().unwrap()]);
    let joiner = Node::fresh().joiner("dev", &Secret::random());
    enter(&fixed, &joiner, &Bytes::new()).await.unwrap_err();
    server.end().await;

    let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let member = "join refused from=127.0.0.1:";
    assert!(logged.contains(member), "{logged}");
    assert!(logged.contains("the secret is not the one of cluster `dev`"), "{logged}");
    let joiner = "join refused candidate=127.0.0.1:";
    assert!(logged.contains(joiner), "{logged}");
    assert!(logged.contains("refused the secret: it is not the one of cluster `dev`"), "{logged}");
    assert_eq!(logged.lines().count(), 2, "{logged}");
}
