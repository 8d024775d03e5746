//! The one form of all answers.

use http::{StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::ApiError;

/// What a handler answers with when all went well.
pub trait Reply: Serialize {
    /// The status: 200, unless the answer chooses another.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
}

#[derive(Serialize)]
struct Success<'a, T> {
    success: bool,
    data: &'a T,
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: ErrorView<'a>,
}

#[derive(Serialize)]
struct ErrorView<'a> {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    request_id: &'a str,
}

/// Writes an answer.
pub(crate) fn success<T: Reply>(reply: &T) -> Result<Response<Body>, ApiError> {
    let body = serde_json::to_string(&Success { success: true, data: reply })
        .map_err(ApiError::internal)?;
    response(reply.status(), body, None)
}

/// Writes an error.
pub(crate) fn failure(error: &ApiError, request_id: &str) -> Result<Response<Body>, ApiError> {
    let (status, code) = error.parts();
    let view = ErrorView { code, message: error.to_string(), field: error.blamed(), request_id };
    let body = serde_json::to_string(&Failure { success: false, error: view })
        .map_err(ApiError::internal)?;
    response(status, body, error.retry_after())
}

fn response(
    status: StatusCode,
    body: String,
    retry_after: Option<&str>,
) -> Result<Response<Body>, ApiError> {
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        // Every answer belongs to one player, and holds only for now.
        .header(header::CACHE_CONTROL, "no-store");
    if let Some(seconds) = retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    response.body(Body::Text(body)).map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: Response<Body>) -> String {
        match response.into_body() {
            Body::Text(text) => text,
            other => panic!("not a text: {other:?}"),
        }
    }

    #[test]
    fn an_answer_is_enveloped() {
        #[derive(Serialize)]
        struct View {
            balance: u64,
        }
        impl Reply for View {}
        let response = success(&View { balance: 300 }).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response), r#"{"success":true,"data":{"balance":300}}"#);
    }

    #[test]
    fn an_error_has_a_code_a_sentence_and_the_request_id() {
        let error = ApiError::invalid("draw_count", "must be 1 to 100");
        let response = failure(&error, "r-1").unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            text(response),
            r#"{"success":false,"error":{"code":"invalid_request","message":"draw_count: must be 1 to 100","field":"draw_count","request_id":"r-1"}}"#,
        );
    }

    #[test]
    fn a_client_may_try_later_and_never_sees_the_cause() {
        let response = failure(&ApiError::TryLater("no route to 10.0.0.7".into()), "r-1").unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert!(!text(response).contains("10.0.0.7"));
    }
}
