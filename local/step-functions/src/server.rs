//! The HTTP side: one route, AWS JSON 1.0.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::api::{ApiError, StepFunctions};
use crate::lambda::Lambda;

/// More than the largest input with all its quotes escaped.
const REQUEST_LIMIT_BYTES: usize = 1_048_576;

/// Answers every connection, until it is dropped.
///
/// # Errors
/// When the listener can accept no more.
pub async fn serve<L>(listener: TcpListener, service: Arc<StepFunctions<L>>) -> io::Result<()>
where
    L: Lambda + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = Arc::clone(&service);
        let handler = service_fn(move |request| answer(Arc::clone(&service), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), handler);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
}

async fn answer<L>(
    service: Arc<StepFunctions<L>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    L: Lambda + Send + 'static,
{
    let answer = match call(&service, request).await {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (error.status(), error.body()),
    };
    Ok(response(answer))
}

async fn call<L>(
    service: &Arc<StepFunctions<L>>,
    request: Request<Incoming>,
) -> Result<String, ApiError>
where
    L: Lambda + Send + 'static,
{
    let (head, body) = request.into_parts();
    if head.method != Method::POST || head.uri.path() != "/" {
        return Err(ApiError::unknown_operation());
    }
    let body = Limited::new(body, REQUEST_LIMIT_BYTES).collect().await;
    let body = body.map_err(|_| ApiError::serialization())?.to_bytes();
    let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    service.call(text("authorization"), text("x-amz-target"), &body).await
}

fn response((status, body): (StatusCode, String)) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    if let Ok(id) = Uuid::new_v4().to_string().try_into() {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
