//! An API call that `gateway` has authenticated, as a route receives it.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{HeaderMap, Method},
};

use crate::world::World;

/// An authenticated call to the API.
#[derive(Debug)]
pub struct Call {
    /// The world the call reads and changes.
    pub world: Arc<World>,
    /// The account id in the path, which the token may reach.
    pub account: String,
    /// The HTTP method.
    pub method: Method,
    /// The decoded members of the query, in the order in which they were sent.
    pub query: Vec<(String, String)>,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The whole body. Empty when `routes::stream::streams_body` is true: the route then gets the body as a stream.
    pub body: Bytes,
}

/// The SHA-256 of a token. A request from a script that runs in the sandbox has it among its extensions instead of the token in its
/// headers: the sandbox keeps no token.
#[derive(Debug, Clone)]
pub struct KnownToken(pub String);

/// The percent-decoded segments of a path. Bytes that are not UTF-8 become replacement characters, so that they match
/// no id.
pub fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(decoded).collect()
}

/// A whole path, percent-decoded.
pub fn decoded_path(path: &str) -> String {
    path.split('/').map(decoded).collect::<Vec<_>>().join("/")
}

fn decoded(part: &str) -> String {
    // A form decoder turns `+` into a space and splits at `&` and `=`, so these are percent-encoded first.
    let part = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// The decoded members of a query, in the order in which they were sent.
pub fn query(query: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}
