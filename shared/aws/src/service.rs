//! One service, as one function calls it.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;

use crate::{Api, CallError};

/// How long it may take until a connection stands.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// How long an unused connection is kept. AWS closes its own after a similar time.
const IDLE: Duration = Duration::from_secs(15);

/// A service of AWS, called with one function's credentials.
#[derive(Debug, Clone)]
pub struct Service {
    api: Api,
    endpoint: String,
    region: String,
    credentials: Credentials,
    client: HttpClient,
}

impl Service {
    /// The service in the function's region, with the credentials that Lambda gave it.
    /// They are good for as long as the process lives.
    #[must_use]
    pub fn from_env(api: Api) -> Self {
        let region = variable("AWS_REGION").unwrap_or_default();
        let credentials = credentials_from_env();
        let endpoint = variable(api.endpoint).unwrap_or_else(|| {
            let suffix =
                if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            format!("https://{}.{region}.{suffix}", api.host)
        });
        Self::new(api, &endpoint, region, credentials)
    }

    /// The service at an address.
    #[must_use]
    pub fn new(api: Api, endpoint: &str, region: String, credentials: Credentials) -> Self {
        let client = client();
        let endpoint = format!("{}/", endpoint.trim_end_matches('/'));
        Self { api, endpoint, region, credentials, client }
    }

    /// Calls an operation once, and returns the body of its answer. The caller decides
    /// how long that may take, and whether to repeat it.
    ///
    /// # Errors
    /// When there is no answer, or AWS refuses.
    pub async fn call(
        &self,
        operation: &str,
        input: &(impl Serialize + Sync),
    ) -> Result<Bytes, CallError> {
        let body = serde_json::to_vec(input).map_err(CallError::never)?;
        let request = self.signed(operation, body).map_err(CallError::never)?;
        let response = self.client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            CallError::again(format!("{error}: {}", cause.unwrap_or_default()))
        })?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(CallError::again)?.to_bytes();
        if status == StatusCode::OK { Ok(body) } else { Err(CallError::of(status, body)) }
    }

    fn signed(
        &self,
        operation: &str,
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.api.name)
            .time(now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let target = format!("{}.{operation}", self.api.target);
        let headers = [("content-type", self.api.content_type), ("x-amz-target", target.as_str())];
        let signable = SignableRequest::new(
            "POST",
            self.endpoint.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(&body),
        )?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let mut request = Request::post(&self.endpoint);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::from(body))?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Sends requests over HTTP or HTTPS.
pub(crate) type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

pub(crate) fn client() -> HttpClient {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_WITHIN));
    http.set_nodelay(true);
    // AWS's certificates are signed by Amazon Trust Services, which is among
    // Mozilla's roots. With these built in, no start has to read a file of roots.
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

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The credentials in the environment, as AWS's SDKs name them.
pub(crate) fn credentials_from_env() -> Credentials {
    Credentials::new(
        variable("AWS_ACCESS_KEY_ID").unwrap_or_default(),
        variable("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
        variable("AWS_SESSION_TOKEN"),
        None,
        "environment",
    )
}

#[expect(clippy::disallowed_methods, reason = "AWS compares the time of a signature with its own")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
