//! A machine that vanishes without a farewell, and returns.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use net::transport::{CallError, Peers, Server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::network::Network;
use crate::support::{Echo, LONG, Node};

#[test]
fn a_member_that_vanished_is_noticed_during_a_call_and_called_again_when_it_returns() {
    let Some(network) = Network::make("td") else { return };
    let (node, echo) = (Node::founder("dev"), Arc::new(Echo::default()));
    let credentials = node.credentials();
    let server = Server::new(&credentials).with("echo", echo.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let (ready, is_ready) = oneshot::channel();
    let serving = network.run(1, async move || {
        let listener = TcpListener::bind("10.99.0.2:5701").await.unwrap();
        ready.send(()).unwrap();
        server.serve(listener, async { drop(stopped.await) }).await.unwrap();
    });
    is_ready.blocking_recv().unwrap();

    let network = Arc::new(network);
    let cable = Arc::clone(&network);
    let calling = network.run(0, async move || {
        let peers = Peers::new(&credentials).unwrap();
        let address = "10.99.0.2:5701";
        peers.call(address, "echo", "x".into(), LONG).await.unwrap();
        let cut = async {
            while echo.callers.lock().unwrap().values().sum::<u32>() < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            cable.plug(1, false);
        };
        // Far longer than it takes to notice.
        let call = peers.call(address, "echo", "wait".into(), LONG * 10);
        let (error, ()) = tokio::join!(call, cut);
        let Err(CallError::Unanswered { reason, .. }) = error else { panic!("{error:?}") };
        assert!(!reason.starts_with("nothing came"), "{reason}");
        let error = peers.call(address, "echo", "x".into(), LONG).await;
        assert!(matches!(error, Err(CallError::Unreachable { .. })), "{error:?}");

        cable.plug(1, true);
        let returned = async {
            while peers.call(address, "echo", Bytes::new(), LONG).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONG, returned).await.unwrap();
        drop(stop);
    });
    calling.join().unwrap();
    serving.join().unwrap();
}
