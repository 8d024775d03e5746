//! One service, as one function calls it.

use aws_credential_types::Credentials;
use bytes::Bytes;
use hyper::StatusCode;
use serde::Serialize;

use crate::request::credentials_from_env;
use crate::{Api, CallError, Requests};

/// A service of AWS, called with one function's credentials.
#[derive(Debug, Clone)]
pub struct Service {
    api: Api,
    endpoint: String,
    requests: Requests,
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
        let endpoint = format!("{}/", endpoint.trim_end_matches('/'));
        let requests = Requests::new(api.name, region, credentials);
        Self { api, endpoint, requests }
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
        let target = format!("{}.{operation}", self.api.target);
        let headers = [("content-type", self.api.content_type), ("x-amz-target", target.as_str())];
        let sent = self.requests.send_as_it_is("POST", &self.endpoint, &headers, body).await;
        let (status, body) = sent?;
        if status == StatusCode::OK { Ok(body) } else { Err(CallError::of(status, body)) }
    }
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
