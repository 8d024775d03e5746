//! A client that sends exactly what a test gives it, one connection for each request.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request, as text.
pub(crate) struct Call {
    head: String,
    body: String,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            head: format!(
                "{method} {target} HTTP/1.1\r\nHost: game.example\r\nConnection: close\r\n"
            ),
            body: String::new(),
        }
    }

    /// A request with nothing but what a test gives it. It must end the connection.
    pub(crate) fn bare(first_line: &str) -> Self {
        Self { head: format!("{first_line}\r\n"), body: String::new() }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        let length = body.len().to_string();
        self.header("Content-Length", &length)
    }

    pub(crate) fn json(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").body(body)
    }

    /// One chunk, and no Content-Length.
    pub(crate) fn chunked(mut self, body: &str) -> Self {
        self.body = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        self.header("Transfer-Encoding", "chunked")
    }

    /// Announces a body, and waits for the word to send it.
    pub(crate) fn announced(self, length: usize) -> Self {
        self.header("Content-Length", &length.to_string()).header("Expect", "100-continue")
    }

    pub(crate) async fn send(self, to: SocketAddr) -> Reply {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let text = format!("{}\r\n{}", self.head, self.body);
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        Reply::parse(&String::from_utf8(answer).unwrap())
    }
}

impl Reply {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        Self { status: status.parse().unwrap(), headers: headers.collect(), body: body.to_owned() }
    }

    /// The value of a header that comes at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, value)| &**value);
        assert!(found.next().is_none(), "{name} comes twice: {self:?}");
        first
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Asserts Kong's four-line error page.
    pub(crate) fn assert_error(&self, status: u16, message: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let request_id = self.header("x-kong-request-id").unwrap();
        let page =
            format!("{{\n  \"message\":\"{message}\",\n  \"request_id\":\"{request_id}\"\n}}");
        assert_eq!(self.body, page);
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
    }

    /// Asserts Kong's compact form.
    pub(crate) fn assert_message(&self, status: u16, message: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body, serde_json::json!({ "message": message }).to_string());
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
    }
}
