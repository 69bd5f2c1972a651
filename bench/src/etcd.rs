//! A client of etcd's own protocol: `KV.Put` and `KV.Range` of `etcdserverpb`, by hand.
//!
//! Reads are linearizable, as etcd's clients do them by default.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::uri::PathAndQuery;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;
use tonic::Status;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

#[derive(Clone, PartialEq, Message)]
struct PutRequest {
    #[prost(bytes = "bytes", tag = "1")]
    key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct PutResponse {}

#[derive(Clone, PartialEq, Message)]
struct RangeRequest {
    #[prost(bytes = "bytes", tag = "1")]
    key: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct RangeResponse {
    #[prost(message, repeated, tag = "2")]
    kvs: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(bytes = "bytes", tag = "5")]
    value: Bytes,
}

/// One connection to one member.
#[derive(Debug)]
pub(crate) struct Etcd(Grpc<Wire>);

impl Etcd {
    pub(crate) async fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                eprintln!("a connection to etcd ended: {error}");
            }
        });
        let origin = format!("http://{address}").parse()?;
        Ok(Self(Grpc::with_origin(Wire(sender), origin)))
    }

    pub(crate) async fn put(&mut self, key: &str, value: &Bytes) -> anyhow::Result<()> {
        let request =
            PutRequest { key: Bytes::copy_from_slice(key.as_bytes()), value: value.clone() };
        let _: PutResponse = self.call("/etcdserverpb.KV/Put", request).await?;
        Ok(())
    }

    pub(crate) async fn get(&mut self, key: &str) -> anyhow::Result<usize> {
        let request = RangeRequest { key: Bytes::copy_from_slice(key.as_bytes()) };
        let found: RangeResponse = self.call("/etcdserverpb.KV/Range", request).await?;
        Ok(found.kvs.first().map_or(0, |entry| entry.value.len()))
    }

    async fn call<Q, A>(&mut self, path: &'static str, request: Q) -> anyhow::Result<A>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let path = PathAndQuery::from_static(path);
        let codec = Protobuf::<Q, A>(PhantomData);
        let answer = self.0.unary(tonic::Request::new(request), path, codec).await;
        let answer = answer.context("etcd refused a request")?;
        ensure!(answer.metadata().get("grpc-status").is_none_or(|status| status == "0"));
        Ok(answer.into_inner())
    }
}

/// Sends requests on a connection.
#[derive(Debug)]
struct Wire(SendRequest<Body>);

impl tower_service::Service<http::Request<Body>> for Wire {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Waker<'_>) -> Poll<Result<(), hyper::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// Questions and answers in the encoding of protocol buffers.
struct Protobuf<Q, A>(PhantomData<(Q, A)>);

impl<Q: Message + 'static, A: Message + Default + 'static> Codec for Protobuf<Q, A> {
    type Encode = Q;
    type Decode = A;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(PhantomData)
    }

    fn decoder(&mut self) -> Self {
        Self(PhantomData)
    }
}

impl<Q: Message, A> Encoder for Protobuf<Q, A> {
    type Item = Q;
    type Error = Status;

    fn encode(&mut self, item: Q, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl<Q, A: Message + Default> Decoder for Protobuf<Q, A> {
    type Item = A;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<A>, Status> {
        A::decode(buffer).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
