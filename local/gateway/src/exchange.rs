//! One request under way: what the plugins see, change and leave behind.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use time::OffsetDateTime;

use crate::answer::Answer;

/// No body beyond this is held in memory, whatever the plugins allow.
pub(crate) const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// How long a client may take to send a body, as in Kong.
const BODY_TIME: Duration = Duration::from_secs(60);

/// How long a client may go on sending a body that is not read.
const DRAIN_TIME: Duration = Duration::from_millis(500);

/// One request, from its arrival to its answer.
pub(crate) struct Exchange {
    pub(crate) now: OffsetDateTime,
    /// The names of the connection's two ends.
    pub(crate) client: SocketAddr,
    pub(crate) listener: SocketAddr,
    pub(crate) request_id: String,
    pub(crate) method: Method,
    /// As sent, without the query.
    pub(crate) raw_path: String,
    /// Normalised: what routes match, and what the upstream gets.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    /// What the upstream will get. Plugins add and remove.
    pub(crate) headers: HeaderMap,
    /// What the client will get beside the answer's own headers.
    pub(crate) answer_headers: HeaderMap,
    /// Set by correlation-id, echoed in its header filter.
    pub(crate) correlation_id: Option<HeaderValue>,
    /// Set by cors when it has answered a preflight with all its headers.
    pub(crate) is_preflight: bool,
    pub(crate) body: RequestBody,
}

/// The body, read at most once and only when somebody needs it.
pub(crate) enum RequestBody {
    Unread(Incoming),
    Read(Bytes),
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLong,
    TooSlow,
    Broken,
}

impl BodyError {
    /// Kong's page for it, where no plugin has a better one.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::TooLong => Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large"),
            Self::TooSlow => Answer::error(StatusCode::REQUEST_TIMEOUT, "Request timeout"),
            Self::Broken => Answer::error(StatusCode::BAD_REQUEST, "Bad request"),
        }
    }
}

impl Exchange {
    /// The first header of this name, if it is text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads the whole body, up to `limit_bytes`.
    pub(crate) async fn read_body(&mut self, limit_bytes: usize) -> Result<Bytes, BodyError> {
        let body = match &mut self.body {
            RequestBody::Read(bytes) if bytes.len() > limit_bytes => {
                return Err(BodyError::TooLong);
            }
            RequestBody::Read(bytes) => return Ok(bytes.clone()),
            RequestBody::Unread(body) => body,
        };
        if usize::try_from(body.size_hint().lower()).map_or(true, |length| length > limit_bytes) {
            return Err(BodyError::TooLong); // announced: no need to see it
        }
        let bytes = if body.is_end_stream() {
            Bytes::new()
        } else {
            let collected = Limited::new(&mut *body, limit_bytes).collect();
            match tokio::time::timeout(BODY_TIME, collected).await {
                Ok(Ok(collected)) => collected.to_bytes(),
                Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(BodyError::TooLong),
                Ok(Err(_)) => return Err(BodyError::Broken),
                Err(_) => return Err(BodyError::TooSlow),
            }
        };
        self.body = RequestBody::Read(bytes.clone());
        Ok(bytes)
    }

    /// Reads the body up to what the gateway holds at most.
    pub(crate) async fn whole_body(&mut self) -> Result<Bytes, Answer> {
        self.read_body(MAX_BODY_BYTES).await.map_err(BodyError::answer)
    }

    /// Takes in the rest of a body that an early answer left unread: closing on
    /// it would reset the connection, and the client might lose the answer.
    pub(crate) async fn drain(&mut self) {
        if self.headers.contains_key(header::EXPECT) {
            return; // The client waits for our word, and sends nothing before.
        }
        if let RequestBody::Unread(body) = &mut self.body {
            let rest = Limited::new(body, MAX_BODY_BYTES).collect();
            // Neither a slow nor a broken client changes the answer.
            let _ = tokio::time::timeout(DRAIN_TIME, rest).await;
        }
    }
}
