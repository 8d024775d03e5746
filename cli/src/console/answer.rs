//! What a request is answered with.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::guard::Stranger;
use super::{Console, files};

/// The console's own files and calls, and nothing else: no script or style in a page, no
/// other host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

impl Console {
    pub(super) async fn answer(&self, request: Request) -> Response {
        if let Err(stranger) = self.guard.check_sender(request.headers()) {
            return refuse(stranger);
        }
        let path = request.uri().path();
        if let Some(file) = files::find(path) {
            if request.method() != Method::GET {
                return error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "only GET");
            }
            return respond(StatusCode::OK, file.content_type, file.content.into());
        }
        if let Err(stranger) = self.guard.check_token(request.headers()) {
            return refuse(stranger);
        }
        let path = path.to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method().clone(), parts.as_slice()) {
            (Method::POST, ["api", function]) => self.call(function, request).await,
            (Method::GET, ["about"]) => {
                data(&json!({ "stage": self.functions.stage(), "who": self.who }))
            }
            (Method::GET, ["masters"]) => self.masters().await,
            (Method::GET, ["masters", pool_id]) => self.master_pool(pool_id).await,
            _ => error(StatusCode::NOT_FOUND, "not_found", "there is no such page"),
        }
    }
}

fn refuse(stranger: Stranger) -> Response {
    let (status, why) = match stranger {
        Stranger::Host => (StatusCode::MISDIRECTED_REQUEST, "this is not the console's address"),
        Stranger::Origin => (StatusCode::FORBIDDEN, "another page asked"),
        Stranger::Token => (StatusCode::UNAUTHORIZED, "open the address that the terminal shows"),
    };
    error(status, "stranger", why)
}

/// An answer as the functions' own.
pub(super) fn data(data: &Value) -> Response {
    json_of(StatusCode::OK, &json!({ "success": true, "data": data }))
}

/// A refusal as the functions' own.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    json_of(status, &json!({ "success": false, "error": { "code": code, "message": message } }))
}

fn json_of(status: StatusCode, body: &Value) -> Response {
    respond(status, "application/json", body.to_string().into())
}

pub(super) fn respond(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// With the headers that every answer has.
pub(super) fn secured(mut response: Response) -> Response {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
