//! A client that sends exactly the bytes that a test gives it, one connection for each
//! request. Other clients correct a request before they send it.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client;

/// An answer, taken apart.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The names, in lower case, and values of the headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request to the server of this URL, and reads until it closes. The request
/// must ask for that.
///
/// # Panics
/// When there is no answer.
pub async fn send(url: &str, request: &[u8]) -> Reply {
    let address = url.trim_start_matches("http://").split('/').next().expect("an address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // A server may answer, and close, before it has read all.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    parse(&answer).unwrap_or_else(|| {
        let request = String::from_utf8_lossy(request);
        let answer = String::from_utf8_lossy(&answer);
        panic!("no answer ({read:?}) to\n{request}\nbut\n{answer}")
    })
}

fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(answer.get(..end)?);
    if head.split(' ').nth(1) == Some("100") {
        return parse(answer.get(end + 4..)?);
    }
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut reply = Reply { status, headers, body: answer.get(end + 4..)?.to_vec() };
    if reply.header("content-encoding") == Some("gzip") {
        reply.body = client::plain(&reply.body);
    }
    Some(reply)
}
