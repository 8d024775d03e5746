//! The client with which Tenjo calls others: AWS, the stores, Konnect.

mod api;

pub use api::{ApiClient, CallError};

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// How long an unused connection is kept. AWS closes its own after a similar time.
const IDLE: Duration = Duration::from_secs(15);

/// Sends requests over HTTP or HTTPS, and keeps its connections.
pub type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A client that gives up on a connection that does not stand in this time.
///
/// It connects with TLS wherever an address begins with `https`, and trusts Mozilla's
/// roots. With these built in, no start has to read a file of roots.
#[must_use]
pub fn client(connect_within: Duration) -> HttpClient {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(connect_within));
    http.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(connector)
}
