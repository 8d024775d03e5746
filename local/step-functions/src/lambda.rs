//! Calls to functions.
//!
//! Lambda, and `local/lambda`, answer a call of a function that failed with 200 and
//! the header `X-Amz-Function-Error`; the body is the function's error payload, with
//! its `errorType`. A 500 with an `errorType` and without the header is read the same
//! way, because `cargo lambda watch` answers so; it serves no part of the stack any
//! more. A 500 without an `errorType` is a fault of the endpoint itself.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;
use tenjo_iam::Identity;
use tokio::time;

use crate::arn::FunctionArn;
use crate::error::ExecutionError;

/// No function runs longer than this, so no answer comes later.
const LONGEST_INVOCATION: Duration = Duration::from_secs(900);

/// The most that a state may pass on.
const PAYLOAD_LIMIT_BYTES: usize = 262_144;

tokio::task_local! {
    /// The trace of the execution that calls. A call passes it on as it is; in AWS its
    /// parent would be the state.
    pub(crate) static TRACE: Option<String>;
}

/// Something that calls functions.
pub trait Lambda: Sync {
    /// Calls a function and waits for its answer.
    ///
    /// # Errors
    /// The function's own error, by its `errorType`; or `Lambda.…`, when it
    /// could not be called.
    fn invoke(
        &self,
        function: &FunctionArn,
        payload: &Value,
    ) -> impl Future<Output = Result<Value, ExecutionError>> + Send;
}

/// Calls functions at Lambda's HTTP API. Connections are kept and reused.
#[derive(Debug, Clone)]
pub struct HttpLambda {
    client: Client<HttpConnector, Full<Bytes>>,
    base_url: String,
    role: Arc<Identity>,
}

impl HttpLambda {
    /// Functions at `base_url`, such as `http://127.0.0.1:9000`, called with the
    /// rights of `role`.
    #[must_use]
    pub fn new(base_url: &Uri, role: Identity) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let base_url = base_url.to_string().trim_end_matches('/').to_owned();
        Self { client, base_url, role: Arc::new(role) }
    }

    async fn send(self, request: Request<Full<Bytes>>) -> Result<Value, ExecutionError> {
        let response = self.client.request(request).await.map_err(|e| sdk_client_exception(&e))?;
        let (head, body) = response.into_parts();
        match Limited::new(body, PAYLOAD_LIMIT_BYTES).collect().await {
            Ok(body) => read_answer(head.status, &head.headers, &body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(ExecutionError::data_limit_exceeded())
            }
            Err(error) => Err(sdk_client_exception(error.as_ref())),
        }
    }
}

impl Lambda for HttpLambda {
    async fn invoke(
        &self,
        function: &FunctionArn,
        payload: &Value,
    ) -> Result<Value, ExecutionError> {
        self.role.authorize("lambda:InvokeFunction", function.as_str()).map_err(|refusal| {
            // The name that Step Functions gives to a 403 of Lambda.
            ExecutionError::new("Lambda.AWSLambdaException", refusal.message)
        })?;
        let name = function.qualified_name();
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.base_url);
        let mut request = Request::post(url).header(header::CONTENT_TYPE, "application/json");
        if let Some(trace) = TRACE.try_with(Clone::clone).ok().flatten() {
            request = request.header("X-Amzn-Trace-Id", trace);
        }
        let request =
            request.body(Full::from(payload.to_string())).map_err(|e| sdk_client_exception(&e))?;
        // On a task of its own, because an execution that no longer waits does not stop
        // the function, here as in AWS.
        let call = time::timeout(LONGEST_INVOCATION, self.clone().send(request));
        match tokio::spawn(call).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(elapsed)) => Err(sdk_client_exception(&elapsed)),
            Err(panic) => Err(sdk_client_exception(&panic)),
        }
    }
}

/// A failed function's payload. Its other fields go into the cause.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorPayload {
    error_type: String,
}

/// What an HTTP answer means to a task.
fn read_answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, ExecutionError> {
    let failed = headers.contains_key("x-amz-function-error");
    let cause = || String::from_utf8_lossy(body).into_owned();
    match serde_json::from_slice::<ErrorPayload>(body) {
        Ok(payload) if failed || status == StatusCode::INTERNAL_SERVER_ERROR => {
            return Err(ExecutionError::new(payload.error_type, cause()));
        }
        _ if failed => {
            let cause =
                "The cause could not be determined because Lambda did not return an error type.";
            return Err(ExecutionError::new("Lambda.Unknown", cause));
        }
        _ => {}
    }
    let error = match status {
        StatusCode::OK => {
            return serde_json::from_slice(body).map_err(|e| sdk_client_exception(&e));
        }
        StatusCode::NOT_FOUND => "Lambda.ResourceNotFoundException",
        StatusCode::TOO_MANY_REQUESTS => "Lambda.TooManyRequestsException",
        status if status.is_server_error() => "Lambda.ServiceException",
        _ => "Lambda.AWSLambdaException",
    };
    Err(ExecutionError::new(error, cause()))
}

/// The call did not get through, or its answer did not get back.
fn sdk_client_exception(error: &dyn std::error::Error) -> ExecutionError {
    let mut cause = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        cause = format!("{cause}: {error}");
        source = error.source();
    }
    ExecutionError::new("Lambda.SdkClientException", cause)
}
