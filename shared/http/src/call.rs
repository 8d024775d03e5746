//! A request as a handler sees it: already trusted, already read.

use http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenjo_domain::{IdempotencyKey, ServiceStatus};
use tenjo_store::{Limit, Page};
use time::OffsetDateTime;

use crate::{ApiError, Network, Operator, Player, Reader, cursor, whole};

/// A request from a caller, with a body of type `B`, or none.
#[derive(Debug)]
pub struct Call<C, B = ()> {
    pub(crate) caller: C,
    /// What the client sent.
    pub body: B,
    /// The route's path, which names the list if it answers with one.
    pub(crate) list: &'static str,
    pub(crate) path_values: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    /// What operators have set, where players are let in by it.
    pub(crate) status: Option<ServiceStatus>,
    pub(crate) now: OffsetDateTime,
}

impl<B> Call<Player, B> {
    /// Who calls.
    pub fn user_id(&self) -> tenjo_domain::UserId {
        self.caller.user_id
    }

    /// Who calls, and by which login.
    pub fn player(&self) -> Player {
        self.caller
    }
}

impl<B> Call<Operator, B> {
    /// Who acts, as IAM knows them.
    pub fn principal(&self) -> &tenjo_domain::Principal {
        &self.caller.principal
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

    /// The bearer token that the caller sent, which nobody has checked unless the caller
    /// is a [`Player`].
    pub fn bearer(&self) -> Option<&str> {
        let sent = self.headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = sent.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// What operators have set, as the edge read it: it relies on that for two seconds.
    ///
    /// # Errors
    /// When the route is served always, which is our bug.
    pub fn service_status(&self) -> Result<ServiceStatus, ApiError> {
        self.status.ok_or_else(|| ApiError::internal("the edge did not read the service's status"))
    }

    /// Who chooses the texts of the answer, by the languages that the client reads.
    pub fn reader(&self) -> Reader {
        Reader::of(&self.headers)
    }

    /// The network that the client is in, as the gateway saw it. The gateway replaces
    /// whatever a client sends under this name, and the origin secret has shown that
    /// the request came through the gateway.
    ///
    /// # Errors
    /// When the gateway named none, which is our bug.
    pub fn network(&self) -> Result<Network, ApiError> {
        let sent = self.headers.get("X-Real-IP").and_then(|value| value.to_str().ok());
        let address = sent.and_then(|sent| sent.trim().parse().ok());
        address.map(Network::of).ok_or_else(|| ApiError::internal("the gateway sent no X-Real-IP"))
    }

    /// Which page of a list the client asks for: how long, and after which
    /// place. The place is one that [`Self::next_cursor`] gave for the same list.
    ///
    /// # Errors
    /// When `limit` is not 1 to 100, or `cursor` is not one of ours.
    pub fn page<P: DeserializeOwned>(&self) -> Result<(Limit, Option<P>), ApiError> {
        let limit = match self.query("limit")? {
            None => Limit::default(),
            Some(text) => {
                let rows = whole::read_text(text)
                    .map_err(|not| ApiError::invalid("limit", not.reason()))?;
                // Too great for a number is too great for a page.
                Limit::new(u32::try_from(rows).unwrap_or(0)).map_err(ApiError::field("limit"))?
            }
        };
        let place = self.query("cursor")?.map(|text| self.place("cursor", text)).transpose()?;
        Ok((limit, place))
    }

    /// The place that a cursor of this route names, which was sent as `field`.
    ///
    /// # Errors
    /// When it is not one of ours.
    pub fn place<P: DeserializeOwned>(&self, field: &str, cursor: &str) -> Result<P, ApiError> {
        cursor::decode(self.list, cursor)
            .ok_or_else(|| ApiError::invalid(field, "is not one of ours"))
    }

    /// The cursor that names a place, for [`Self::place`].
    ///
    /// # Errors
    /// When the place cannot be written, which is our bug.
    pub fn cursor(&self, place: &impl Serialize) -> Result<String, ApiError> {
        cursor::encode(self.list, place).map_err(ApiError::internal)
    }

    /// The cursor to the page after this one, or `None` at the end. `place` says
    /// where a row stands in its list.
    ///
    /// # Errors
    /// When the place cannot be written, which is our bug.
    pub fn next_cursor<T, P: Serialize>(
        &self,
        page: &Page<T>,
        place: impl Fn(&T) -> P,
    ) -> Result<Option<String>, ApiError> {
        page.last_before_more().map(|row| self.cursor(&place(row))).transpose()
    }

    /// The whole number of the query with this name, from 0 to `most`.
    ///
    /// # Errors
    /// When it is given and is something else.
    pub fn number(&self, name: &str, most: u32) -> Result<Option<u32>, ApiError> {
        let Some(text) = self.query(name)? else { return Ok(None) };
        let number = whole::read_text(text).map_err(|not| ApiError::invalid(name, not.reason()))?;
        let number = u32::try_from(number).ok().filter(|number| *number <= most);
        let refused = || ApiError::invalid(name, format!("must be 0 to {most}"));
        number.map(Some).ok_or_else(refused)
    }

    fn query(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.query.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        match values.next() {
            Some(_) => Err(ApiError::invalid(name, "is given more than once")),
            None => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(query: &[(&str, &str)]) -> Call<()> {
        let query =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Call {
            caller: (),
            body: (),
            list: "/v1/items",
            path_values: Vec::new(),
            query,
            headers: HeaderMap::new(),
            status: None,
            now: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_limit_is_a_whole_number_from_1_to_100() {
        for (limit, good) in [
            ("1", true),
            ("100", true),
            ("100.0", true),
            ("1e2", true),
            ("0", false),
            ("101", false),
            ("-1", false),
            ("1.5", false),
            ("4294967297", false),
            ("1e300", false),
            ("", false),
            ("ten", false),
        ] {
            let page = call(&[("limit", limit)]).page::<u64>();
            assert_eq!(page.is_ok(), good, "{limit}");
        }
    }

    #[test]
    fn a_number_of_the_query_has_a_greatest_value() {
        for (text, expected) in [
            ("0", Some(0)),
            ("20", Some(20)),
            ("2e1", Some(20)),
            ("21", None),
            ("-1", None),
            ("1.5", None),
            ("1e300", None),
            ("", None),
        ] {
            let number = call(&[("wait_s", text)]).number("wait_s", 20);
            assert_eq!(number.ok().flatten(), expected, "{text}");
        }
        assert!(call(&[]).number("wait_s", 20).is_ok_and(|number| number.is_none()));
    }

    #[test]
    fn a_parameter_is_given_once() {
        let error = call(&[("limit", "1"), ("limit", "1")]).page::<u64>().unwrap_err();
        assert_eq!(error.to_string(), "limit: is given more than once");
        assert!(call(&[("other", "1"), ("other", "2")]).page::<u64>().is_ok());
    }

    #[test]
    fn the_key_of_a_request_has_no_blanks() {
        for (key, good) in [("a", true), ("a b", false), ("", false), ("天", false)] {
            let mut call = call(&[]);
            let value = http::HeaderValue::from_bytes(key.as_bytes()).unwrap();
            call.headers.insert("idempotency-key", value);
            assert_eq!(call.idempotency_key().is_ok(), good, "{key}");
        }
    }
}
