//! Signed requests of any form, for APIs that have no operation in a header: Lambda's, and
//! the URLs of functions.

use std::time::Duration;

use aws_credential_types::Credentials;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::StatusCode;
use tenjo_https::HttpClient;

use crate::CallError;
use crate::service::variable;
use crate::sign::Unsigned;

/// How long it may take until a connection stands.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Sends signed requests to one kind of service.
#[derive(Debug, Clone)]
pub struct Requests {
    /// The service's name in signatures.
    service: &'static str,
    region: String,
    credentials: Credentials,
    client: HttpClient,
}

/// What a request was answered with, whatever the status.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

impl Requests {
    /// With the credentials in the environment, as AWS's SDKs name them.
    #[must_use]
    pub fn from_env(service: &'static str, region: String) -> Self {
        Self::new(service, region, credentials_from_env())
    }

    /// With these credentials.
    #[must_use]
    pub fn new(service: &'static str, region: String, credentials: Credentials) -> Self {
        Self { service, region, credentials, client: tenjo_https::client(CONNECT_WITHIN) }
    }

    /// Sends a request with a body of JSON, or none, once.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answered, CallError> {
        let json = [("content-type", "application/json")];
        let headers: Vec<_> = json.iter().chain(headers).copied().collect();
        let (status, body) = self.send_as_it_is(method, url, &headers, body).await?;
        Ok(Answered { status: status.as_u16(), body })
    }

    /// Sends a request with these headers alone, once.
    pub(crate) async fn send_as_it_is(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(StatusCode, Bytes), CallError> {
        let (service, region) = (self.service, self.region.as_str());
        let request = Unsigned { service, region, method, url, headers, body };
        let request = request.sign(&self.credentials).map_err(CallError::never)?;
        let response = self.client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            CallError::again(format!("{error}: {}", cause.unwrap_or_default()))
        })?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(CallError::again)?.to_bytes();
        Ok((status, body))
    }
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
