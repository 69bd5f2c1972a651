use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use tokio::io::AsyncReadExt;

use super::Caller;
use crate::limits;
use crate::transport::failure::Failure;

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn calls_to_a_member_that_reads_nothing_wait_with_their_callers() {
    let (near, mut far) = tokio::io::duplex(1 << 10);
    let (caller, work) = Caller::new(near);
    tokio::pin!(work);
    let body = Bytes::from(vec![0; limits::FRAME_BYTES_MAX / 2]);
    let given_up = async {
        for _ in 0..10 * limits::UNSENT_BYTES_MAX / body.len() {
            let call = caller.call("echo", body.clone(), LONG);
            assert!(tokio::time::timeout(Duration::from_millis(1), call).await.is_err());
        }
    };
    tokio::select! {
        () = given_up => {}
        ended = &mut work => panic!("{ended:?}"),
    }
    let read = async {
        let mut came = Vec::new();
        while !came.ends_with(b"the end") {
            assert_ne!(far.read_buf(&mut came).await.unwrap(), 0);
        }
        came.len()
    };
    let came = tokio::select! {
        came = read => came,
        called = caller.call("echo", "the end".into(), LONG) => panic!("{called:?}"),
        ended = &mut work => panic!("{ended:?}"),
    };
    assert!(came < 2 * limits::UNSENT_BYTES_MAX, "{came} bytes");
}

#[tokio::test]
async fn what_the_connection_did_not_take_is_unsent_and_the_rest_unanswered() {
    let (near, far) = tokio::io::duplex(1 << 10);
    let (caller, work) = Caller::new(near);
    let mut work = Box::pin(work);
    let taken = caller.call("echo", "taken".into(), LONG);
    tokio::pin!(taken);
    assert!((&mut taken).now_or_never().is_none());
    assert!((&mut work).now_or_never().is_none());
    let late = caller.call("echo", "late".into(), LONG);
    tokio::pin!(late);
    assert!((&mut late).now_or_never().is_none());
    drop((work, far));
    assert!(matches!(late.await, Err(Failure::Unsent(_))));
    assert!(matches!(taken.await, Err(Failure::Unanswered(_))));
    assert!(caller.is_closed());
    let after = caller.call("echo", "after".into(), LONG).await;
    assert!(matches!(after, Err(Failure::Unsent(_))));
}
