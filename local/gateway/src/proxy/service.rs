//! One upstream: where it is, and how long we wait for it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

/// How long an unused connection is kept, as in Kong.
const IDLE_TIME: Duration = Duration::from_secs(60);

/// The service's own limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    /// For the beginning of the answer, and again for the rest of it.
    pub(crate) read: Duration,
}

/// A service of the configuration, with connections of its own.
pub(crate) struct Service {
    authority: Authority,
    pub(super) host_header: HeaderValue,
    port: u16,
    /// Comes before each request's path; without a slash at its end.
    path: String,
    pub(super) retries: u16,
    pub(super) timeouts: Timeouts,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Service {
    pub(crate) fn new(url: &str, retries: u16, timeouts: Timeouts) -> Result<Self> {
        let url = Url::parse(url).with_context(|| format!("url {url:?} is not a URL"))?;
        ensure!(url.scheme() == "http", "url: {}:// is not supported, http:// is", url.scheme());
        ensure!(url.query().is_none() && url.username().is_empty(), "url has more than a path");
        let host = url.host_str().context("url has no host")?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };

        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(timeouts.connect));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_timer(TokioTimer::new())
            .set_host(false)
            .build(connector);
        Ok(Self {
            host_header: HeaderValue::try_from(&*authority)?,
            authority: authority.parse()?,
            port: url.port_or_known_default().unwrap_or(80),
            path: url.path().trim_end_matches('/').to_owned(),
            retries,
            timeouts,
            client,
        })
    }

    pub(super) const fn client(&self) -> &Client<HttpConnector, Full<Bytes>> {
        &self.client
    }

    pub(super) fn host(&self) -> &str {
        self.authority.host()
    }

    /// The service's path, the request's path, the request's query.
    pub(super) fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, http::Error> {
        let whole = match query {
            Some(query) => format!("{}{path}?{query}", self.path),
            None => format!("{}{path}", self.path),
        };
        Uri::builder()
            .scheme("http")
            .authority(self.authority.clone())
            .path_and_query(PathAndQuery::try_from(whole)?)
            .build()
    }

    /// Whether the host's name has an address.
    pub(super) async fn resolves(&self) -> bool {
        let name = (self.host().trim_matches(['[', ']']), self.port);
        tokio::net::lookup_host(name).await.is_ok()
    }
}
