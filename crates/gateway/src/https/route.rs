//! A route: path, function, and what the types of the function say about it.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use state::Pending;
use tokio::sync::SemaphorePermit;

use super::call::{self, Call, Input};
use super::metrics::Found;
use super::problem::Problem;
use super::reply::{Output, REVISION};
use super::request::RequestError;
use super::shared::{Number, Shared};

/// One route.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// Names the operation for those who make clients from the document.
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// Headers that the function reads, and what they mean.
    pub(super) headers: &'static [Header],
    pub(super) describe: fn(&mut SchemaGenerator) -> Description,
    serve: Serve,
}

/// A header of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
}

/// What the types of a function say about its route.
#[derive(Debug, Clone)]
pub(super) struct Description {
    pub(super) query: Schema,
    pub(super) input: Option<Value>,
    pub(super) status: u16,
    pub(super) output: Value,
}

type Serve =
    Arc<dyn Fn(Arc<Shared>, Request) -> Pending<'static, Result<Response, Problem>> + Send + Sync>;

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

macro_rules! methods {
    ($($name:ident $method:ident)*) => {$(
        /// A route of this method.
        pub(super) fn $name<const N: usize, Q, I, O, F>(
            path: &'static str,
            name: &'static str,
            summary: &'static str,
            function: fn(Call<N, Q, I>) -> F,
        ) -> Route
        where
            Q: DeserializeOwned + JsonSchema + Send + 'static,
            I: Input + Send + 'static,
            O: Output + 'static,
            F: Future<Output = Result<O, Problem>> + Send + 'static,
        {
            Route {
                method: Method::$method,
                path,
                name,
                summary,
                headers: &[],
                describe: describe::<Q, I, O>,
                serve: serve(path, function),
            }
        }
    )*};
}

methods!(get GET put PUT post POST delete DELETE);

impl Route {
    /// Says which headers the function reads.
    pub(super) fn with(self, headers: &'static [Header]) -> Self {
        Self { headers, ..self }
    }
}

fn describe<Q: JsonSchema, I: Input, O: Output>(schemas: &mut SchemaGenerator) -> Description {
    Description {
        query: Q::json_schema(schemas),
        input: I::describe(schemas),
        status: O::STATUS.as_u16(),
        output: O::describe(schemas),
    }
}

fn serve<const N: usize, Q, I, O, F>(path: &'static str, function: fn(Call<N, Q, I>) -> F) -> Serve
where
    Q: DeserializeOwned + Send + 'static,
    I: Input + Send + 'static,
    O: Output + 'static,
    F: Future<Output = Result<O, Problem>> + Send + 'static,
{
    let open = path.matches('{').count();
    assert!(open == N, "`{path}` has {open} open parts, and its function takes {N}");
    Arc::new(move |shared, request| {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // Held until the request is answered: so long its body is in memory.
            let (bytes, unread, _place) = arrive(&shared, body, I::BYTES_MAX).await?;
            let number = parts.extensions.get::<Number>().map_or("", |Number(number)| number);
            let number = number.to_owned();
            let call = Call::read(&shared, number, path, (parts, bytes, unread))?;
            let desk = Arc::clone(&call.desk);
            let mut response = function(call).await?.response();
            if desk.revision() > 0 {
                response.headers_mut().insert(REVISION, HeaderValue::from(desk.revision()));
            }
            Ok(response)
        })
    })
}

async fn arrive(
    shared: &Shared,
    body: Body,
    bytes_max: usize,
) -> Result<(Bytes, Body, Option<SemaphorePermit<'_>>), RequestError> {
    if bytes_max == 0 {
        return Ok((Bytes::new(), body, None));
    }
    let expected = call::expected_kib(&body, bytes_max);
    let mut place = shared.bodies.acquire_many(expected).await.ok();
    let bytes = call::collect(body, bytes_max).await?;
    // The length of a body may not be known before; what it did not need is for others.
    let kept = place.as_mut().and_then(|place| place.split(bytes.len().div_ceil(1024)));
    Ok((bytes, Body::empty(), kept))
}

/// The router of these routes.
pub(super) fn router(routes: Vec<Route>, shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for (index, route) in routes.into_iter().enumerate() {
        let method = MethodFilter::try_from(route.method).expect("a route has a common method");
        let (shared, serve) = (Arc::clone(shared), route.serve);
        let handler = move |request: Request| {
            let number = number_of(&request);
            let serving = serve(Arc::clone(&shared), request);
            async move {
                let served = serving.await;
                let mut response = served.unwrap_or_else(|problem| problem.response(&number));
                response.extensions_mut().insert(Found(index));
                response
            }
        };
        router = router.route(route.path, on(method, handler));
    }
    let shared = Arc::clone(shared);
    router
        .method_not_allowed_fallback(async |request: Request| {
            let method = request.method().to_string();
            Problem::from(RequestError::Method { method }).response(&number_of(&request))
        })
        .fallback(async |request: Request| {
            let path = request.uri().path().to_owned();
            Problem::from(RequestError::Route { path }).response(&number_of(&request))
        })
        .layer(from_fn(move |request, next| {
            let shared = Arc::clone(&shared);
            async move { shared.pass(request, next).await }
        }))
}

fn number_of(request: &Request) -> String {
    request.extensions().get::<Number>().map_or_else(String::new, |Number(number)| number.clone())
}
