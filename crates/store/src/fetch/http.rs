//! Fetching over http(s): tries, redirects, and bodies that go on where they broke off.

mod body;
mod request;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url, header};

use crate::compression::{self, Bytes, Compression, Expansion, Packed};
use crate::fingerprint::Fingerprint;
use crate::location::Location;

use super::{FetchError, FetchOptions};
use body::Body;
use request::Fetcher;

/// Opens the body of `url`; what the transport alone has packed is unpacked.
pub(super) fn open(
    location: &Location,
    url: &Url,
    options: &FetchOptions,
) -> Result<Bytes, FetchError> {
    let fetcher = Fetcher::new(location, url, options)?;
    let response = fetcher.get(None)?;
    let encoding = text_of(response.headers(), header::CONTENT_ENCODING).unwrap_or_default();
    let encoding = encoding.trim().to_ascii_lowercase();
    let body = Body::new(fetcher, response)?;
    let compression = match encoding.as_str() {
        "" | "identity" => return Ok(Box::new(body)),
        "gzip" | "x-gzip" => Compression::Gzip,
        "zstd" => Compression::Zstd,
        _ => return Err(FetchError::Encoding { location: location.to_string(), encoding }),
    };
    if location.name().compression == Some(compression) {
        // Servers announce stored `.gz` files in this way; the reader unpacks them by their name.
        return Ok(Box::new(body));
    }
    let name = location.to_string();
    let packed = Packed { name, compression, bytes: None, expansion: Expansion::default() };
    compression::decompress(Box::new(body), packed).map_err(|e| FetchError::read(location, e))
}

/// What the server says about the present state of `url`.
pub(crate) fn head(
    location: &Location,
    url: &Url,
    options: &FetchOptions,
) -> Result<Fingerprint, FetchError> {
    let fetcher = Fetcher::new(location, url, options)?;
    let response = match fetcher.send(&Method::HEAD, &HeaderMap::new()) {
        Err(FetchError::NotFound { .. }) => return Ok(Fingerprint::Missing),
        Ok(response) => response,
        // Some servers refuse HEAD alone; the body of this GET is not read.
        Err(FetchError::Status { .. } | FetchError::Denied { .. }) => fetcher.get(None)?,
        Err(error) => return Err(error),
    };
    let etag = text_of(response.headers(), header::ETAG);
    let last_modified = text_of(response.headers(), header::LAST_MODIFIED);
    let bytes = text_of(response.headers(), header::CONTENT_LENGTH).and_then(|b| b.parse().ok());
    Ok(Fingerprint::remote(etag, last_modified, bytes))
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The headers that the user asked for.
fn user_headers(location: &Location, options: &FetchOptions) -> Result<HeaderMap, FetchError> {
    let mut headers = HeaderMap::new();
    for (name, text) in &options.headers {
        let invalid =
            || FetchError::Header { location: location.to_string(), header: name.clone() };
        let mut value = HeaderValue::from_str(text).map_err(|_| invalid())?;
        value.set_sensitive(true);
        headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?, value);
    }
    Ok(headers)
}
