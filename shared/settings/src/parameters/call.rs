//! One call of `GetParameters`: a signed request, without the client of an SDK.
//!
//! Every function reads parameters, and most use nothing else of AWS. `docs/adr/0014`
//! says what the SDK's client would cost them.

use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

const TARGET: &str = "AmazonSSM.GetParameters";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Errors that AWS's SDKs retry.
const LATER: [&str; 6] = [
    "InternalServerError",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// SSM's Parameter Store, called with one function's credentials.
pub(crate) struct ParameterStore {
    endpoint: String,
    region: String,
    credentials: Credentials,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// The parameters that exist, and the names of those that do not.
pub(crate) struct Found {
    pub(crate) values: HashMap<String, SecretString>,
    pub(crate) absent: Vec<String>,
}

/// Why a call failed. It never contains a parameter's value.
#[derive(Debug)]
pub(crate) struct CallError {
    pub(crate) message: String,
    pub(crate) is_worth_repeating: bool,
}

impl CallError {
    pub(super) fn again(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), is_worth_repeating: true }
    }

    fn never(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), is_worth_repeating: false }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    parameters: Vec<Parameter>,
    #[serde(default)]
    invalid_parameters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

#[derive(Deserialize, Default)]
struct Refused {
    #[serde(default, rename = "__type")]
    kind: String,
    #[serde(default, alias = "Message")]
    message: String,
}

impl ParameterStore {
    /// The store in the function's region, with the credentials that Lambda gave it.
    /// `AWS_ENDPOINT_URL_SSM` sets another address, as it does for AWS's SDKs.
    pub(crate) fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let region = variable("AWS_REGION").unwrap_or_default();
        let credentials = Credentials::new(
            variable("AWS_ACCESS_KEY_ID").unwrap_or_default(),
            variable("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
            variable("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let endpoint = variable("AWS_ENDPOINT_URL_SSM").unwrap_or_else(|| {
            let suffix =
                if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            format!("https://ssm.{region}.{suffix}")
        });
        Self::new(endpoint, region, credentials)
    }

    pub(super) fn new(endpoint: String, region: String, credentials: Credentials) -> Self {
        // AWS's certificates are signed by Amazon Trust Services, which is among
        // Mozilla's roots. With these built in, no start has to read a file of roots.
        let connector =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let endpoint = format!("{}/", endpoint.trim_end_matches('/'));
        Self { endpoint, region, credentials, client }
    }

    /// The decrypted values of up to ten parameters.
    pub(super) async fn get(&self, names: &[&str]) -> Result<Found, CallError> {
        let body = json!({ "Names": names, "WithDecryption": true }).to_string();
        let request = self.signed(body).map_err(CallError::never)?;
        let response = self.client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            CallError::again(format!("{error}: {}", cause.unwrap_or_default()))
        })?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(CallError::again)?.to_bytes();
        read(status, &body)
    }

    fn signed(
        &self,
        body: String,
    ) -> Result<Request<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("ssm")
            .time(now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", TARGET)];
        let signable = SignableRequest::new(
            "POST",
            self.endpoint.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
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

fn read(status: StatusCode, body: &[u8]) -> Result<Found, CallError> {
    if status != StatusCode::OK {
        let Refused { kind, message } = serde_json::from_slice(body).unwrap_or_default();
        // A name may come with its namespace: `com.amazonaws.ssm#ThrottlingException`.
        let kind = kind.rsplit('#').next().unwrap_or_default();
        let message = format!("{status} {kind} {message}").trim_end().to_owned();
        let later = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || LATER.contains(&kind);
        return Err(CallError { message, is_worth_repeating: later });
    }
    // serde's message is dropped, because it could quote a value.
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| CallError::never("its answer cannot be read"))?;
    let value = |parameter: Parameter| (parameter.name, parameter.value.into());
    Ok(Found {
        values: answer.parameters.into_iter().map(value).collect(),
        absent: answer.invalid_parameters,
    })
}

#[expect(clippy::disallowed_methods, reason = "AWS compares the time of a signature with its own")]
fn now() -> SystemTime {
    SystemTime::now()
}
