//! AWS, by signed requests.
//!
//! The services here have four protocols, of which the clients of AWS's SDK would
//! bring a crate of some hundred thousand lines each. `docs/adr/0035` weighs it. What is
//! called is small: about twenty operations.

pub(crate) mod cloudformation;
mod credentials;
pub(crate) mod ecs;
pub(crate) mod lambda;
pub(crate) mod s3;
pub(crate) mod ssm;

use std::fmt;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenjo_aws::Unsigned;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::http::{Answer, Http};
use credentials::Found;

/// How long a call may take that does not wait for a function.
const CALL_WITHIN: Duration = Duration::from_secs(60);
/// How often a call is made that AWS cannot serve, and the first pause.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(300);

/// What AWS leaves as it is in addresses and forms.
pub(crate) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// AWS as one person or pipeline calls it, in one region.
pub(crate) struct Aws {
    http: Http,
    pub(crate) region: String,
    /// Another address for all services, as for AWS's own tools: the tests' stand-in.
    endpoint: Option<String>,
    credentials: Mutex<Option<Found>>,
}

/// AWS refused, and this is what it said.
#[derive(Debug)]
pub(crate) struct AwsError {
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, status, code, message } = self;
        write!(f, "AWS refused {operation}: {status} {code}: {message}")
    }
}

impl std::error::Error for AwsError {}

/// The answer of AWS in an error, if it is one.
pub(crate) fn refusal(error: &anyhow::Error) -> Option<&AwsError> {
    error.downcast_ref()
}

/// One call.
struct Call<'a> {
    service: &'a str,
    /// For messages.
    operation: String,
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    within: Duration,
}

#[derive(Deserialize)]
struct ErrorResponse {
    #[serde(rename = "Error")]
    error: XmlError,
}

#[derive(Deserialize, Default)]
struct XmlError {
    #[serde(rename = "Code", default)]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

impl Aws {
    pub(crate) fn new(region: &str) -> Self {
        let endpoint = std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty());
        Self {
            http: Http::new(),
            region: region.to_owned(),
            endpoint: endpoint.map(|url| url.trim_end_matches('/').to_owned()),
            credentials: Mutex::new(None),
        }
    }

    /// Whose account the credentials are for.
    pub(crate) async fn account(&self) -> anyhow::Result<String> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "GetCallerIdentityResult")]
            result: Identity,
        }
        #[derive(Deserialize)]
        struct Identity {
            #[serde(rename = "Account")]
            account: String,
        }
        let answer: Answer = self.query("sts", "2011-06-15", "GetCallerIdentity", &[]).await?;
        Ok(answer.result.account)
    }

    /// Where a service is: a host of its own in AWS.
    fn address(&self, host: &str) -> String {
        let region = &self.region;
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => format!("https://{host}.{region}.{suffix}"),
        }
    }

    /// A call of a service that takes a form and answers XML.
    async fn query<T: DeserializeOwned>(
        &self,
        service: &str,
        version: &str,
        action: &str,
        fields: &[(String, String)],
    ) -> anyhow::Result<T> {
        let mut form = format!("Action={action}&Version={version}");
        for (name, value) in fields {
            let value = utf8_percent_encode(value, UNRESERVED);
            form += &format!("&{}={value}", utf8_percent_encode(name, UNRESERVED));
        }
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let answer = self
            .call(Call {
                service,
                operation: action.to_owned(),
                method: Method::POST,
                url: format!("{}/", self.address(service)),
                headers,
                body: form.into_bytes(),
                within: CALL_WITHIN,
            })
            .await?;
        xml(&answer.body).with_context(|| format!("AWS's answer to {action}"))
    }

    /// A call of a service that takes and answers JSON, named in a header.
    async fn json(&self, service: &str, target: &str, input: &Value) -> anyhow::Result<Value> {
        let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", target.to_owned()),
        ];
        let answer = self
            .call(Call {
                service,
                operation,
                method: Method::POST,
                url: format!("{}/", self.address(service)),
                headers,
                body: serde_json::to_vec(input)?,
                within: CALL_WITHIN,
            })
            .await?;
        Ok(answer.json())
    }

    /// Makes a call, and makes it again while AWS cannot serve it.
    async fn call(&self, call: Call<'_>) -> anyhow::Result<Answer> {
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            let sent = self.http.send(self.signed(&call).await?, call.within).await;
            let error = match sent {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => anyhow::Error::from(refused(&call.operation, &answer)),
                Err(error) => error.context(format!("{} of AWS", call.operation)),
            };
            let again = refusal(&error).is_none_or(|refusal| {
                refusal.status >= 500
                    || refusal.status == 429
                    || refusal.code.contains("Throttl")
                    || refusal.code == "RequestLimitExceeded"
            });
            if !again || tried == TRIES {
                return Err(error);
            }
            sleep(pause).await;
            pause *= 2;
        }
        unreachable!("the last try returns")
    }

    async fn signed(&self, call: &Call<'_>) -> anyhow::Result<Request<Full<Bytes>>> {
        let mut kept = self.credentials.lock().await;
        if kept.as_ref().is_none_or(Found::is_old) {
            *kept = Some(credentials::find().await?);
        }
        let found = kept.as_ref().context("there are no credentials")?;
        let headers: Vec<_> =
            call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = Unsigned {
            service: call.service,
            region: &self.region,
            method: call.method.as_str(),
            url: &call.url,
            headers: &headers,
            body: call.body.clone(),
        };
        request.sign(&found.credentials).map_err(anyhow::Error::from_boxed)
    }
}

/// What AWS said instead of an answer, in any of its forms.
fn refused(operation: &str, answer: &Answer) -> AwsError {
    let json = answer.json();
    let text = |name: &str| json[name].as_str().map(ToOwned::to_owned);
    let said = String::from_utf8_lossy(&answer.body);
    let of_xml = || {
        let nested = quick_xml::de::from_str::<ErrorResponse>(&said).map(|answer| answer.error);
        nested.or_else(|_| quick_xml::de::from_str::<XmlError>(&said)).unwrap_or_default()
    };
    let (code, message) = match text("__type").or_else(|| text("Type")) {
        Some(kind) => {
            let code = kind.rsplit('#').next().unwrap_or_default().to_owned();
            (code, text("message").or_else(|| text("Message")).unwrap_or_default())
        }
        None => {
            let error = of_xml();
            let message = if error.message.is_empty() {
                text("message").or_else(|| text("Message")).unwrap_or_default()
            } else {
                error.message
            };
            (error.code, message)
        }
    };
    AwsError { operation: operation.to_owned(), status: answer.status, code, message }
}

fn xml<T: DeserializeOwned>(body: &[u8]) -> anyhow::Result<T> {
    Ok(quick_xml::de::from_str(std::str::from_utf8(body)?)?)
}

/// A list in AWS's XML.
#[derive(Deserialize)]
pub(crate) struct Members<T> {
    #[serde(rename = "member", default = "Vec::new")]
    pub(crate) members: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { members: Vec::new() }
    }
}

#[expect(clippy::disallowed_methods, reason = "credentials end by AWS's clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970.
pub(crate) fn unix_now() -> u64 {
    now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_in_each_form_of_aws() {
        for (body, code, message) in [
            (
                r#"{"__type": "com.amazonaws.ssm#ParameterNotFound", "message": "no"}"#,
                "ParameterNotFound",
                "no",
            ),
            (
                "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>no</Message></Error></ErrorResponse>",
                "ValidationError",
                "no",
            ),
            (
                "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>no</Message><Key>x</Key></Error>",
                "NoSuchKey",
                "no",
            ),
            (r#"{"Type": "User", "Message": "no"}"#, "User", "no"),
            ("not readable", "", ""),
        ] {
            let answer = Answer { status: 400, body: Bytes::from(body) };
            let error = refused("Operation", &answer);
            assert_eq!((error.code.as_str(), error.message.as_str()), (code, message), "{body}");
        }
    }
}
