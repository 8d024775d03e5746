//! A client of the gateway, like that of a game. It checks nothing: the tests of the
//! stack check each answer against the contract, torture counts the answers.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// Sends requests to one gateway.
#[derive(Debug, Clone)]
pub struct Client {
    gateway: String,
    http: reqwest::Client,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The method.
    pub method: Method,
    /// The path, with the query if there is one.
    pub path: &'a str,
    /// The access token.
    pub token: Option<&'a str>,
    /// The idempotency key.
    pub key: Option<&'a str>,
    /// The body, sent as JSON.
    pub body: Option<&'a Value>,
}

impl Client {
    /// A client with connections of its own.
    #[must_use]
    pub fn new(gateway: impl Into<String>) -> Self {
        Self { gateway: gateway.into(), http: reqwest::Client::new() }
    }

    /// A request that is not yet sent.
    pub fn request(&self, call: Call<'_>) -> RequestBuilder {
        let mut request = self.http.request(call.method, format!("{}{}", self.gateway, call.path));
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = call.key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        request
    }

    /// Sends a request.
    ///
    /// # Errors
    /// There is no answer: the client does not know the outcome of its request.
    pub async fn send(&self, call: Call<'_>) -> reqwest::Result<Answer> {
        Answer::read(self.request(call).send().await?).await
    }
}

impl<'a> Call<'a> {
    /// A request with neither token nor key nor body.
    #[must_use]
    pub fn new(method: Method, path: &'a str) -> Self {
        Self { method, path, token: None, key: None, body: None }
    }

    /// The login of a guest, with a body of [`login`].
    #[must_use]
    pub fn login(body: &'a Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::POST, "/v1/auth/guest") }
    }
}

/// What a device sends to log in.
#[must_use]
pub fn login(device_id: &str) -> Value {
    json!({ "device_id": device_id, "device_type": "other", "device_name": "a test" })
}

/// An answer of the gateway.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` if it is not JSON.
    pub body: Value,
}

impl Answer {
    /// Reads an answer as it is.
    ///
    /// # Errors
    /// The connection breaks.
    pub async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        let body = if headers.get("content-encoding").is_some_and(|it| it == "gzip") {
            plain(&body)
        } else {
            body.to_vec()
        };
        Ok(Self { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
    }

    /// The data of a success.
    ///
    /// # Panics
    /// When it is none.
    pub fn data(self) -> Value {
        assert!(self.body["success"] == true, "no success: {self:?}");
        let Value::Object(mut body) = self.body else { panic!("no object") };
        body.remove("data").expect("data")
    }

    /// The status and code of an error.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn error(&self) -> (u16, &str) {
        let code = self.code();
        assert!(!code.is_empty(), "no error: {self:?}");
        (self.status, code)
    }

    /// The code of an error; empty if it is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// The header with this name, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What was shortened by gzip; nothing if it was not.
#[must_use]
pub fn plain(shortened: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match GzDecoder::new(shortened).read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(_) => Vec::new(),
    }
}

/// The result of a login or a refresh.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// Who.
    pub user_id: Uuid,
    /// The token for requests.
    pub access_token: String,
    /// The token for the next session.
    pub refresh_token: String,
}

impl Session {
    /// The session in the data of an answer, if there is one.
    #[must_use]
    pub fn read(data: &Value) -> Option<Self> {
        let text = |name: &str| data[name].as_str().map(str::to_owned);
        Some(Self {
            user_id: text("user_id")?.parse().ok()?,
            access_token: text("access_token")?,
            refresh_token: text("refresh_token")?,
        })
    }
}

/// A list, read page by page.
#[derive(Debug)]
pub struct List<'a> {
    /// What was read.
    pub rows: Vec<Value>,
    path: &'a str,
    name: &'a str,
    limit: u32,
    next: Option<String>,
}

impl<'a> List<'a> {
    /// A list by its path, and the name of its rows in an answer.
    #[must_use]
    pub fn new(path: &'a str, name: &'a str, limit: u32) -> Self {
        Self { rows: Vec::new(), path, name, limit, next: Some(String::new()) }
    }

    /// The path of the next page; `None` once all are read.
    #[must_use]
    pub fn next_page(&self) -> Option<String> {
        let Self { path, limit, .. } = self;
        self.next.as_ref().map(|cursor| format!("{path}?limit={limit}{cursor}"))
    }

    /// Takes the data of that page.
    pub fn take(&mut self, mut data: Value) {
        if let Value::Array(page) = data[self.name].take() {
            self.rows.extend(page);
        }
        self.next = data["next_cursor"].as_str().map(|cursor| format!("&cursor={cursor}"));
    }
}
