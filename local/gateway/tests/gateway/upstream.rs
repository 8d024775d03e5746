//! Upstreams: one that answers with what it received, and some that misbehave.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// Counts what reaches it.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Answers 200 with the request as JSON; `/missing` at the end gives 404.
    pub(crate) async fn echoing() -> Self {
        Self::start(|stream| async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(echo));
            let _ = connection.await; // a client may leave as it likes
        })
        .await
    }

    /// Answers only when `group` requests wait at once, and with how many did.
    pub(crate) async fn answering_in_groups(group: usize) -> Self {
        let together = Arc::new(tokio::sync::Barrier::new(group));
        let waiting = Arc::new(AtomicUsize::new(0));
        Self::start(move |stream| {
            let (together, waiting) = (Arc::clone(&together), Arc::clone(&waiting));
            async move {
                let answer = service_fn(|_: Request<Incoming>| async {
                    let now = waiting.fetch_add(1, Ordering::SeqCst) + 1;
                    together.wait().await;
                    waiting.fetch_sub(1, Ordering::SeqCst);
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(now.to_string()))))
                });
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(stream), answer).await;
            }
        })
        .await
    }

    /// Reads a request, and hangs up.
    pub(crate) async fn hanging_up() -> Self {
        Self::start(|mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
        })
        .await
    }

    /// Never answers.
    pub(crate) async fn silent() -> Self {
        Self::start(|mut stream| async move {
            while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {}
        })
        .await
    }

    /// Speaks something else.
    pub(crate) async fn garbled() -> Self {
        Self::start(|mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"hello\r\n\r\n").await;
        })
        .await
    }

    /// Nobody listens there.
    pub(crate) async fn refusing() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    async fn start<F>(attend: impl Fn(tokio::net::TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(attend(stream));
            }
        });
        Self { address, connections }
    }
}

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut headers = Map::new();
    for (name, value) in &parts.headers {
        let value = Value::from(value.to_str().unwrap());
        assert!(headers.insert(name.to_string(), value).is_none(), "{name} twice");
    }
    let told = json!({
        "method": parts.method.as_str(),
        "target": parts.uri.to_string(),
        "headers": headers,
        "body": String::from_utf8(body.to_vec()).unwrap(),
    });
    let mut response = Response::new(Full::new(told.to_string().into()));
    if parts.uri.path().ends_with("/missing") {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("x-own", HeaderValue::from_static("kept"));
    headers.insert("keep-alive", HeaderValue::from_static("timeout=5"));
    Ok(response)
}
