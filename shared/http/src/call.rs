//! A request as a handler sees it: already trusted, already read.

use http::HeaderMap;
use lambda_http::Body;
use serde::de::DeserializeOwned;
use tenjo_domain::IdempotencyKey;
use tenjo_store::Limit;
use time::OffsetDateTime;

use crate::{ApiError, Player, cursor};

/// A request from a caller, with a body of type `B`, or none.
#[derive(Debug)]
pub struct Call<C, B = ()> {
    pub(crate) caller: C,
    /// What the client sent.
    pub body: B,
    pub(crate) path_values: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) now: OffsetDateTime,
}

impl<B> Call<Player, B> {
    /// Who calls.
    pub fn user_id(&self) -> tenjo_domain::UserId {
        self.caller.user_id
    }
}

impl<C, B> Call<C, B> {
    /// When the request came in. A request has one time from beginning to end.
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The value in the path with this name.
    ///
    /// # Errors
    /// When the route has no such name, which is our bug.
    pub fn path(&self, name: &str) -> Result<&str, ApiError> {
        self.path_values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| ApiError::internal(format!("the route has no {{{name}}}")))
    }

    /// The client's `Idempotency-Key`, if it sent one.
    ///
    /// # Errors
    /// When it is not a key.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, ApiError> {
        const NAME: &str = "Idempotency-Key";
        self.headers
            .get(NAME)
            .map(|value| {
                let text = value.to_str().unwrap_or_default();
                IdempotencyKey::new(text).map_err(ApiError::field(NAME))
            })
            .transpose()
    }

    /// Which page of a list the client asks for: how long, and after which
    /// place. The place is one that [`next_cursor`](crate::next_cursor) gave.
    ///
    /// # Errors
    /// When `limit` is not 1 to 100, or `cursor` is not one of ours.
    pub fn page<P: DeserializeOwned>(&self) -> Result<(Limit, Option<P>), ApiError> {
        let limit = match self.query("limit") {
            None => Limit::default(),
            Some(text) => {
                let rows = text.parse().map_err(|_| ApiError::invalid("limit", "must be 1 to 100"));
                Limit::new(rows?).map_err(ApiError::field("limit"))?
            }
        };
        let place = self
            .query("cursor")
            .map(|text| {
                cursor::decode(text)
                    .ok_or_else(|| ApiError::invalid("cursor", "is not one of ours"))
            })
            .transpose()?;
        Ok((limit, place))
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a body. A handler without one takes `()`, and then a body is refused.
pub(crate) fn read_body<B: DeserializeOwned>(body: &Body) -> Result<B, ApiError> {
    let bytes: &[u8] = match body {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if bytes.is_empty() {
        return serde_json::from_slice(b"null").map_err(|_| ApiError::InvalidRequest {
            field: None,
            reason: "a JSON body is required".to_owned(),
        });
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // "." is the whole body, and "?" is a part that the reader cannot name.
        let path = error.path().to_string();
        let field = (path != "." && !path.contains('?')).then_some(path);
        ApiError::InvalidRequest { field, reason: error.inner().to_string() }
    })?;
    json.end()
        .map_err(|error| ApiError::InvalidRequest { field: None, reason: error.to_string() })?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Draw {
        #[expect(dead_code, reason = "read by serde")]
        pool_id: String,
        #[expect(dead_code, reason = "read by serde")]
        draw_count: u32,
    }

    #[test]
    fn a_bad_body_is_refused_and_the_field_is_named() {
        for (body, field) in [
            ("", None),
            ("{", None),
            ("null", None),
            (r#"{"pool_id":"a","draw_count":1} x"#, None),
            (r#"{"pool_id":1,"draw_count":1}"#, Some("pool_id")),
            (r#"{"pool_id":"a","draw_count":"1"}"#, Some("draw_count")),
            (r#"{"pool_id":"a","draw_count":1000000000000000000}"#, Some("draw_count")),
            (r#"{"pool_id":"a","draw_count":1,"x":1}"#, Some("x")),
        ] {
            let error = read_body::<Draw>(&Body::Text(body.to_owned())).unwrap_err();
            assert_eq!(error.blamed(), field, "{body}: {error}");
        }
        assert!(read_body::<Draw>(&Body::from(r#"{"pool_id":"a","draw_count":1}"#)).is_ok());
    }

    #[test]
    fn a_call_without_a_body_takes_none() {
        assert!(read_body::<()>(&Body::Empty).is_ok());
        assert!(read_body::<()>(&Body::from("{}")).is_err());
    }
}
