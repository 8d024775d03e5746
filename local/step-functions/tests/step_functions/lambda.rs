//! Calls over HTTP, and what the answers mean.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tenjo_step_functions::lambda::{HttpLambda, Lambda};
use tenjo_step_functions::{ExecutionError, FunctionArn};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

use crate::support::identities;

const OK: StatusCode = StatusCode::OK;
const ERROR: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

/// A Lambda endpoint on a free port, and how many connections it got.
struct Endpoint {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Answers each request with what `answer` makes of its path and body.
    async fn start<A, F>(answer: A) -> Self
    where
        A: Fn(String, Bytes) -> F + Clone + Send + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::Relaxed);
                let answer = answer.clone();
                let handler = service_fn(move |request: Request<Incoming>| {
                    let answer = answer.clone();
                    async move {
                        let path = format!("{} {}", request.method(), request.uri().path());
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        Ok::<_, Infallible>(answer(path, body).await)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), handler));
            }
        });
        Self { address, connections }
    }

    fn lambda(&self) -> HttpLambda {
        let role = identities().take("role").unwrap();
        HttpLambda::new(&format!("http://{}", self.address).parse().unwrap(), role)
    }
}

/// The ARN of a function, with its alias if `name` has one.
fn function(name: &str) -> FunctionArn {
    format!("arn:aws:lambda:local:000000000000:function:{name}").try_into().unwrap()
}

fn response(
    status: StatusCode,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_owned()));
    *response.status_mut() = status;
    let headers =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    *response.headers_mut() = headers.collect::<HeaderMap>();
    response
}

/// What a call gives if the endpoint answers so.
async fn invoke(
    status: StatusCode,
    headers: &'static [(&'static str, &'static str)],
    body: &str,
) -> Result<Value, ExecutionError> {
    let body = body.to_owned();
    let endpoint = Endpoint::start(move |_, _| {
        let response = response(status, headers, &body);
        async { response }
    })
    .await;
    endpoint.lambda().invoke(&function("f"), &json!({})).await
}

#[tokio::test]
async fn functions_are_called_by_name_with_their_payload_over_one_connection() {
    let endpoint = Endpoint::start(|path, body| async move {
        let body = String::from_utf8(body.to_vec()).unwrap();
        response(OK, &[], &json!([path, body]).to_string())
    })
    .await;
    let lambda = endpoint.lambda();
    for name in ["f", "reserve:live", "f"] {
        let answer = lambda.invoke(&function(name), &json!({ "saga_id": "s" })).await.unwrap();
        let path = format!("POST /2015-03-31/functions/{name}/invocations");
        assert_eq!(answer, json!([path, "{\"saga_id\":\"s\"}"]));
    }
    assert_eq!(endpoint.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_function_that_the_role_may_not_invoke_is_not_called() {
    let endpoint = Endpoint::start(|_, _| async { panic!("it was called") }).await;
    let lambda = endpoint.lambda();
    for name in ["refund", "reserve", "reserve:old", "f:live"] {
        let error = lambda.invoke(&function(name), &json!({})).await.unwrap_err();
        assert_eq!(error.error, "Lambda.AWSLambdaException");
        let cause = error.cause.unwrap();
        let expected = format!(
            "User: arn:aws:sts::000000000000:assumed-role/roleRole/role is not authorized to \
             perform: lambda:InvokeFunction on resource: \
             arn:aws:lambda:local:000000000000:function:{name} because no identity-based policy \
             allows the lambda:InvokeFunction action"
        );
        assert_eq!(cause, expected);
    }
    assert_eq!(endpoint.connections.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn any_json_is_an_answer() {
    for body in ["{\"status\":\"COMPLETED\"}", "null", "\"text\"", "[1]"] {
        assert_eq!(invoke(OK, &[], body).await.unwrap().to_string(), body);
    }
    // Only Lambda's header makes an error of it.
    invoke(OK, &[], "{\"errorType\":\"E\",\"errorMessage\":\"m\"}").await.unwrap();
}

#[tokio::test]
async fn a_failed_function_gives_its_error_type_and_its_whole_payload() {
    const HEADER: &[(&str, &str)] = &[("x-amz-function-error", "Unhandled")];
    let payload = "{\"errorType\":\"TryLater\",\"errorMessage\":\"m\",\"trace\":[]}";
    // The answer of Lambda, and that of `cargo lambda watch`.
    for (status, headers) in [(OK, HEADER), (ERROR, &[])] {
        let error = invoke(status, headers, payload).await.unwrap_err();
        assert_eq!(error, ExecutionError::new("TryLater", payload));
    }
}

#[tokio::test]
async fn an_endpoint_that_fails_gives_an_error_of_lambda() {
    const HEADER: &[(&str, &str)] = &[("x-amz-function-error", "Unhandled")];
    let problem = "{\"type\":\"about:blank\",\"status\":500,\"title\":\"Internal Server Error\"}";
    for (status, headers, body, expected) in [
        (OK, HEADER, "{\"errorMessage\":\"m\"}", "Lambda.Unknown"),
        (OK, HEADER, "", "Lambda.Unknown"),
        (ERROR, &[], problem, "Lambda.ServiceException"),
        (ERROR, &[], "", "Lambda.ServiceException"),
        (StatusCode::BAD_GATEWAY, &[], "", "Lambda.ServiceException"),
        (StatusCode::NOT_FOUND, &[], "{}", "Lambda.ResourceNotFoundException"),
        (StatusCode::TOO_MANY_REQUESTS, &[], "{}", "Lambda.TooManyRequestsException"),
        (StatusCode::BAD_REQUEST, &[], "{}", "Lambda.AWSLambdaException"),
        (OK, &[], "not JSON", "Lambda.SdkClientException"),
    ] {
        let error = invoke(status, headers, body).await.unwrap_err();
        assert_eq!(error.error, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_to_hand_on_is_an_error() {
    let largest = format!("\"{}\"", "x".repeat(262_142));
    invoke(OK, &[], &largest).await.unwrap();
    let error = invoke(OK, &[], &largest.replacen('x', "xx", 1)).await.unwrap_err();
    assert_eq!(error.error, "States.DataLimitExceeded");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_a_client_error_that_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let lambda = Endpoint { address, connections: Arc::default() }.lambda();
    let error = lambda.invoke(&function("f"), &json!({})).await.unwrap_err();
    assert_eq!(error.error, "Lambda.SdkClientException");
    assert!(error.cause.as_ref().unwrap().contains("refused"), "{error:?}");
}

#[tokio::test]
async fn a_function_goes_on_when_nobody_waits_for_it_any_more() {
    let (events, mut happened) = mpsc::unbounded_channel();
    let released = Arc::new(Notify::new());
    let release = Arc::clone(&released);
    let endpoint = Endpoint::start(move |_, _| {
        let (events, released) = (events.clone(), Arc::clone(&released));
        async move {
            events.send("called").unwrap();
            released.notified().await;
            events.send("finished").unwrap();
            response(OK, &[], "null")
        }
    })
    .await;

    let lambda = endpoint.lambda();
    let (function, payload) = (function("f"), json!({}));
    tokio::select! {
        answer = lambda.invoke(&function, &payload) => panic!("{answer:?}"),
        event = happened.recv() => assert_eq!(event, Some("called")),
    }
    release.notify_one();
    let event = tokio::time::timeout(Duration::from_secs(10), happened.recv()).await;
    assert_eq!(event, Ok(Some("finished")));
}
