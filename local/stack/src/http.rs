//! Calls to the Lambda endpoint.

use std::collections::BTreeSet;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::port::loopback;

/// The Lambda endpoint that `tenjo-lambda` serves.
#[derive(Debug, Clone, Copy)]
pub struct Lambda {
    /// On loopback.
    pub port: u16,
}

impl Lambda {
    /// Where it is.
    pub fn url(self) -> String {
        format!("http://{}", loopback(self.port))
    }

    /// The function's URL, with no slash at the end.
    pub fn function_url(self, name: &str) -> String {
        format!("{}/lambda-url/{name}", self.url())
    }

    /// Invokes a function, and returns its answer.
    ///
    /// # Errors
    /// The function answered with an error.
    pub async fn invoke(self, name: &str, payload: &Value) -> anyhow::Result<Value> {
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let (status, body) = self.send(Method::POST, &path, payload.to_string()).await?;
        answer(status, &body).with_context(|| format!("{name} failed"))
    }

    /// Calls a function's URL without token and origin secret, and returns the status.
    pub async fn call(self, name: &str) -> anyhow::Result<u16> {
        let path = format!("/lambda-url/{name}/");
        let (status, _) = self.send(Method::POST, &path, "{}".to_owned()).await?;
        Ok(status)
    }

    /// The faults of every function that ever had some, and how often each occurred.
    /// Like all faults, only with `tenjo-lambda --faults`.
    pub async fn faults(self) -> anyhow::Result<Value> {
        self.ask(Method::GET, "/faults", String::new()).await
    }

    /// Sets the faults of a function.
    pub async fn set_faults(self, plan: &Value) -> anyhow::Result<()> {
        self.ask(Method::PUT, "/faults", plan.to_string()).await.map(drop)
    }

    /// Kills a process of a function, a busy one if there is one; `false` if there is
    /// no process.
    pub async fn kill(self, name: &str) -> anyhow::Result<bool> {
        let kill = json!({ "function": name }).to_string();
        Ok(self.ask(Method::POST, "/kill", kill).await?["pid"].is_number())
    }

    /// Each process: its `function`, its `pid`, and how long its start took, `init_us`.
    ///
    /// # Errors
    /// The service does not answer.
    pub async fn processes(self) -> anyhow::Result<Vec<Value>> {
        match self.ask(Method::GET, "/processes", String::new()).await? {
            Value::Array(processes) => Ok(processes),
            other => anyhow::bail!("the processes are {other}"),
        }
    }

    /// Makes calls of these functions, and of no others, wait until they are built, or
    /// get 503 with Retry-After.
    pub async fn set_building(self, functions: &BTreeSet<String>) -> anyhow::Result<()> {
        let body = json!({ "functions": functions }).to_string();
        self.ask(Method::PUT, "/building", body).await.map(drop)
    }

    async fn ask(self, method: Method, path: &str, body: String) -> anyhow::Result<Value> {
        let (status, body) = self.send(method, path, body).await?;
        answer(status, &body).with_context(|| format!("{path} failed"))
    }

    async fn send(self, method: Method, path: &str, body: String) -> anyhow::Result<(u16, Bytes)> {
        let address = loopback(self.port);
        let connection = TokioIo::new(TcpStream::connect(address).await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(connection).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// A function's answer, or the error that it answered with, by its shape.
fn answer(status: u16, body: &[u8]) -> anyhow::Result<Value> {
    let answer: Value = serde_json::from_slice(body)
        .with_context(|| format!("status {status}: {}", String::from_utf8_lossy(body)))?;
    match (answer["errorType"].as_str(), answer["errorMessage"].as_str()) {
        (Some(kind), message) => anyhow::bail!("{kind}: {}", message.unwrap_or("no message")),
        (None, _) if status != 200 => anyhow::bail!("status {status}: {answer}"),
        (None, _) => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_function_is_told_from_an_answer() {
        for (status, body, expected) in [
            (200, r#"{"items":60}"#, Ok(r#"{"items":60}"#)),
            (200, "null", Ok("null")),
            (200, r#"{"errorType":"Internal","errorMessage":"no"}"#, Err("Internal: no")),
            (500, r#"{"errorType":"Internal"}"#, Err("Internal: no message")),
            (404, r#"{"title":"missing"}"#, Err(r#"status 404: {"title":"missing"}"#)),
            (502, "oops", Err("status 502: oops")),
        ] {
            let found = answer(status, body.as_bytes());
            let found = found.map(|value| value.to_string()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
        }
    }
}
