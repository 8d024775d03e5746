//! SSM parameters, through the AWS Parameters and Secrets Lambda extension: a
//! cache beside the function that answers HTTP on localhost. It saves every
//! function an AWS SDK client, and with it cold start.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::SecretString;

/// Why a parameter could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParameterError {
    #[error("must name an SSM parameter as ssm:/path, with a-z, A-Z, 0-9, and ._-/ in the path")]
    Name,
    #[error("names an SSM parameter, and the Parameters and Secrets extension is not there: {0}")]
    NoExtension(#[from] hyper_util::client::legacy::Error),
    #[error("names an SSM parameter that could not be read: the extension answered {0}")]
    Refused(StatusCode),
    #[error("names an SSM parameter, and the extension's answer could not be read")]
    Answer,
}

/// The extension beside this function.
pub(crate) struct Extension {
    port: u16,
    session_token: String,
}

/// How often a call is repeated while the extension itself is starting, and
/// how long after one another: it starts beside the function, and says
/// "not ready" until it is.
const START_TRIES: u32 = 40;
const START_PAUSE: Duration = Duration::from_millis(50);

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    parameter: Parameter,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    value: String,
}

impl Extension {
    pub(crate) fn from_env() -> Self {
        let port = std::env::var("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT").ok();
        Self {
            port: port.and_then(|port| port.parse().ok()).unwrap_or(2773),
            session_token: std::env::var("AWS_SESSION_TOKEN").unwrap_or_default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(port: u16) -> Self {
        Self { port, session_token: "session".to_owned() }
    }

    /// The decrypted value of the parameter at `path`.
    pub(crate) async fn get(&self, path: &str) -> Result<SecretString, ParameterError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        if !path.starts_with('/') || !path.bytes().all(plain) {
            return Err(ParameterError::Name);
        }
        let mut tries = 1;
        loop {
            let (status, body) = self.call(path).await?;
            let not_ready = status == StatusCode::BAD_REQUEST
                && body.windows(9).any(|part| part == b"not ready");
            if not_ready && tries < START_TRIES {
                tries += 1;
                tokio::time::sleep(START_PAUSE).await;
                continue;
            }
            if status != StatusCode::OK {
                return Err(ParameterError::Refused(status));
            }
            let answer: Answer =
                serde_json::from_slice(&body).map_err(|_| ParameterError::Answer)?;
            return Ok(answer.parameter.value.into());
        }
    }

    async fn call(&self, path: &str) -> Result<(StatusCode, Bytes), ParameterError> {
        let request = Request::get(format!(
            "http://127.0.0.1:{}/systemsmanager/parameters/get?withDecryption=true&name={}",
            self.port,
            path.replace('/', "%2F"),
        ))
        .header("X-Aws-Parameters-Secrets-Token", &self.session_token)
        .body(Empty::<Bytes>::new())
        .map_err(|_| ParameterError::Name)?;
        let client: Client<HttpConnector, Empty<Bytes>> =
            Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|_| ParameterError::Answer)?;
        Ok((status, body.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use hyper::Response;
    use hyper::body::Incoming;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use secrecy::ExposeSecret;
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// An extension that is not ready for the first call, then knows one parameter.
    async fn extension() -> Extension {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(AtomicU32::new(0));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let calls = calls.clone();
                let answer = service_fn(move |request: Request<Incoming>| {
                    let call = calls.fetch_add(1, Ordering::SeqCst);
                    async move {
                        assert_eq!(request.headers()["x-aws-parameters-secrets-token"], "session");
                        let query = request.uri().query().unwrap_or_default();
                        let (status, body) = if call == 0 {
                            (400, "not ready to serve traffic, please wait")
                        } else if query == "withDecryption=true&name=%2Ftenjo%2Fdev%2Fkey" {
                            (200, r#"{"Parameter":{"Name":"/tenjo/dev/key","Value":"hidden"}}"#)
                        } else {
                            (404, "{}")
                        };
                        let answer = Response::builder().status(status);
                        Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(body))).unwrap())
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Extension::at(port)
    }

    #[tokio::test]
    async fn a_parameter_is_read_when_the_extension_becomes_ready() {
        let value = extension().await.get("/tenjo/dev/key").await.unwrap();
        assert_eq!(value.expose_secret(), "hidden");
    }

    #[tokio::test]
    async fn an_unknown_parameter_and_a_bad_name_are_refused() {
        let extension = extension().await;
        let error = extension.get("/tenjo/dev/other").await.unwrap_err();
        assert!(matches!(error, ParameterError::Refused(StatusCode::NOT_FOUND)), "{error}");
        for path in ["tenjo", "/tenjo?x=1", "/tenjo key"] {
            let error = extension.get(path).await.unwrap_err();
            assert!(matches!(error, ParameterError::Name), "{path}: {error}");
        }
    }
}
