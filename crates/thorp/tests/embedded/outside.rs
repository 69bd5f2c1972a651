//! Clients: how they find a cluster, and what they are told when they cannot.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::fault::{Fault as _, Kind};
use thorp::node::contact::{Contact, Contacts};
use thorp::remote::{ConnectError, NotFound};
use thorp::{Client, Cluster as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::kit::{Both, Place};

impl Place {
    /// What the nodes tell the commands of their user.
    fn contact(&self) -> Contact {
        Contacts::at(&self.path("contacts")).all().pop().unwrap()
    }

    fn url(&self) -> String {
        self.contact().nodes.into_values().next().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_found_by_url_and_token_or_by_the_line_of_a_token() {
    let place = Place::new();
    let node = place.start("one").await;
    node.counter("n").set(7).await.unwrap();
    let authority = place.contact().authority;
    let nobody = place.path("nobody");
    let builder = || Client::builder().contacts(&nobody);
    let by_url = builder().url(place.url()).token(place.token("one")).authority(&authority);
    let client = by_url.connect().await.unwrap();
    assert_eq!(client.counter("n").get().await.unwrap(), 7);

    let http = reqwest::Client::builder()
        .add_root_certificate(reqwest::Certificate::from_pem(authority.as_bytes()).unwrap())
        .build()
        .unwrap();
    let made = http.post(format!("{}/api/v1/join-tokens", place.url()));
    let made = made.bearer_auth(place.token("one")).send().await.unwrap();
    let made: gateway::https::body::cluster::JoinToken = made.json().await.unwrap();
    let client = builder().line(made.token).connect().await.unwrap();
    assert_eq!(client.counter("n").get().await.unwrap(), 7);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_at_once() {
    let place = Place::new();
    let node = place.start("one").await;
    let builder = Client::builder().contacts(place.path("contacts")).url(place.url());
    let refused = builder.token("not-the-token-0123456789").connect().await.unwrap_err();
    assert_eq!((refused.code(), refused.kind()), ("TOKEN_REFUSED", Kind::Denied));
    assert!(refused.help().unwrap().contains("DATA/token"));
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_with_what_to_do() {
    let place = Place::new();
    let contacts = place.path("contacts");
    let nowhere = Client::builder().contacts(&contacts).connect().await.unwrap_err();
    assert!(matches!(nowhere, ConnectError::NotFound(NotFound::Nowhere)), "{nowhere}");
    assert!(nowhere.help().unwrap().contains("thorp up"));
    let no_token = Client::builder().contacts(&contacts).url("https://127.0.0.1:1");
    let no_token = no_token.connect().await.unwrap_err();
    assert!(matches!(no_token, ConnectError::NotFound(NotFound::Token { .. })), "{no_token}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_gone_is_told_within_the_time_of_the_call() {
    let both = Both::start().await;
    let counter = both.client.counter("n").within(Duration::from_millis(300));
    counter.add(1).await.unwrap();
    both.node.stop().await;
    let error = counter.add(1).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("CLUSTER_UNREACHABLE", Kind::Unavailable));
    assert_eq!(error.to_string(), "failed to add to the counter `n`");
    both.client.close().await.unwrap_err();
}

/// A wire that breaks when an answer comes back, so that nobody knows what came of the request.
pub(crate) struct Cutter {
    address: std::net::SocketAddr,
    cut: Arc<Mutex<u32>>,
    _serving: JoinSet<()>,
}

impl Cutter {
    /// Stands before the door of the node of `place`.
    pub(crate) async fn before(place: &Place) -> Self {
        let to = place.url().replace("https://", "");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(Mutex::new(0));
        let (mut serving, counter) = (JoinSet::new(), Arc::clone(&cut));
        serving.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(&to).await.unwrap();
                open.spawn(pass(near, far, Arc::clone(&counter)));
            }
        });
        Self { address, cut, _serving: serving }
    }

    /// A client that asks through the wire. Once its connection was cut, it asks the door itself.
    pub(crate) async fn client(&self, place: &Place) -> Client {
        let contact = place.contact();
        let builder = Client::builder()
            .contacts(place.path("nobody"))
            .url(format!("https://{}", self.address))
            .token(&contact.token)
            .authority(&contact.authority);
        builder.connect().await.unwrap()
    }

    /// Nothing is shown by a test whose answers all arrive.
    pub(crate) fn check(&self) {
        let cut = *self.cut.lock().unwrap();
        assert!(cut >= 10, "only {cut} connections were cut: the test shows nothing");
    }
}

/// Passes on what both sides say, until it is time to cut.
async fn pass(mut near: TcpStream, mut far: TcpStream, cut: Arc<Mutex<u32>>) {
    /// Pieces of an answer, handshake included, after which a connection is cut.
    const PIECES: u32 = 9;
    let (mut asked, mut told) = (vec![0; 65_536], vec![0; 65_536]);
    let mut pieces = 0;
    loop {
        tokio::select! {
            read = near.read(&mut asked) => match read {
                Ok(0) | Err(_) => return,
                Ok(len) => far.write_all(&asked[..len]).await.unwrap(),
            },
            read = far.read(&mut told) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if pieces == PIECES => {
                    *cut.lock().unwrap() += 1;
                    return;
                }
                Ok(len) => {
                    pieces += 1;
                    if near.write_all(&told[..len]).await.is_err() {
                        return;
                    }
                }
            },
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_whose_answers_are_lost_are_done_once() {
    const CLIENTS: i64 = 10;
    const COMMANDS: i64 = 10;
    let place = Place::new();
    let node = place.start("one").await;
    let cutter = Cutter::before(&place).await;
    for client in 0..CLIENTS {
        let connected = cutter.client(&place).await;
        let queue = connected.queue::<i64>("q");
        for number in client * COMMANDS + 1..=(client + 1) * COMMANDS {
            assert_eq!(connected.counter("n").add(1).await.unwrap(), number);
            queue.push(&number).await.unwrap();
        }
    }
    assert_eq!(node.counter("n").get().await.unwrap(), CLIENTS * COMMANDS);
    assert_eq!(node.queue::<i64>("q").status().await.unwrap().unwrap().ready, 100);
    cutter.check();
    node.stop().await;
}
