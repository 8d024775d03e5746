//! Signed requests of any form, for APIs that have no operation in a header: Lambda's, and
//! the URLs of functions.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;

use crate::CallError;
use crate::service::{HttpClient, client, credentials_from_env, now};

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
        Self { service, region, credentials, client: client() }
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
        let request = self.signed(method, url, headers, body).map_err(CallError::never)?;
        let response = self.client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            CallError::again(format!("{error}: {}", cause.unwrap_or_default()))
        })?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(CallError::again)?.to_bytes();
        Ok(Answered { status, body })
    }

    fn signed(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let json = [("content-type", "application/json")];
        let headers: Vec<_> = json.iter().chain(headers).copied().collect();
        let signable =
            SignableRequest::new(method, url, headers.iter().copied(), SignableBody::Bytes(&body))?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::from(body))?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}
