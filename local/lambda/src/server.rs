//! The HTTP side: one listener for callers, functions and tools.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::invocation::{PAYLOAD_LIMIT_BYTES, ProcessId};
use crate::reply::{self, Reply, Severed};
use crate::service::Service;
use crate::{admin, function_url, invoke, runtime_api};

/// Answers every connection, until it is dropped.
///
/// # Errors
/// When the listener can accept no more.
pub async fn serve(listener: TcpListener, service: Arc<Service>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = Arc::clone(&service);
        let handler = service_fn(move |request| answer(Arc::clone(&service), request));
        let connection = http1::Builder::new()
            // A process sends nothing while it works.
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(stream), handler);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
}

async fn answer(service: Arc<Service>, request: Request<Incoming>) -> Result<Reply, Severed> {
    let (head, body) = request.into_parts();
    let Ok(body) = read(body).await else { return Err(Severed) };
    let path: Vec<&str> = head.uri.path().split('/').skip(1).collect();
    match path.as_slice() {
        ["2015-03-31", "functions", name, "invocations"] if head.method == Method::POST => {
            let Some(body) = body else { return Ok(invoke::too_large()) };
            invoke::invoke(&service, name, &head.headers, body).await
        }
        ["2021-10-31", "functions", name, "url"] if head.method == Method::GET => {
            Ok(function_url::describe(&service, name, &head))
        }
        ["lambda-url", name, rest @ ..] => {
            let Some(body) = body else { return Ok(invoke::too_large()) };
            let path = format!("/{}", rest.join("/"));
            function_url::call(&service, name, &path, &head, &body).await
        }
        [".rt", name, process, "2018-06-01", "runtime", rest @ ..] => {
            let Some(function) = service.function(name) else { return Ok(reply::not_found(name)) };
            let Ok(process) = process.parse().map(ProcessId) else {
                return Ok(reply::unknown_operation());
            };
            let (method, headers) = (&head.method, &head.headers);
            Ok(runtime_api::call(function, process, method, rest, headers, body).await)
        }
        [path] => Ok(admin::call(&service, &head.method, path, &body.unwrap_or_default())),
        _ => Ok(reply::unknown_operation()),
    }
}

/// Reads a body; `None` if it exceeds the limit. Even then it is read to its end,
/// because otherwise the sender could not read the refusal.
async fn read(mut body: Incoming) -> hyper::Result<Option<Bytes>> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        fits = fits && bytes.len() + data.len() <= PAYLOAD_LIMIT_BYTES;
        if fits {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(fits.then(|| Bytes::from(bytes)))
}
