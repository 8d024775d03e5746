//! Whose requests are served.
//!
//! Any page that the browser has open may send requests to this machine, and any user of
//! it may connect. So every request must be meant for this server by name, which stops a
//! foreign name that points here (DNS rebinding). A request from a page must come from
//! this console's own. What calls functions must have the token that was printed at
//! start, in a header, which no other page can set or read.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The header that has the token.
pub(crate) const TOKEN: &str = "x-console-token";

/// What only the person at the terminal knows.
pub(crate) struct Token(String);

impl Token {
    /// A new one, of 244 random bits.
    pub(crate) fn new() -> Self {
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
    }

    /// As it stands in the address.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// Decides whose requests are served.
pub(crate) struct Guard {
    hosts: [String; 2],
    token: Token,
}

/// Why a request is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// It is meant for another host.
    Host,
    /// It comes from another page.
    Origin,
    /// It has no token, or a wrong one.
    Token,
}

impl Guard {
    pub(crate) fn new(port: u16, token: Token) -> Self {
        Self { hosts: ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}")), token }
    }

    /// # Errors
    /// The request is meant for another host, or comes from another page.
    pub(crate) fn check_sender(&self, headers: &HeaderMap) -> Result<(), Stranger> {
        let host = one(headers, HOST.as_str()).ok_or(Stranger::Host)?;
        if !self.hosts.iter().any(|known| known == host) {
            return Err(Stranger::Host);
        }
        if headers.contains_key(ORIGIN) {
            let origin = one(headers, ORIGIN.as_str()).and_then(|it| it.strip_prefix("http://"));
            if origin != Some(host) {
                return Err(Stranger::Origin);
            }
        }
        Ok(())
    }

    /// # Errors
    /// The request has no token, or a wrong one.
    pub(crate) fn check_token(&self, headers: &HeaderMap) -> Result<(), Stranger> {
        let given = one(headers, TOKEN).unwrap_or_default();
        let is_right = given.as_bytes().ct_eq(self.token.0.as_bytes());
        if bool::from(is_right) { Ok(()) } else { Err(Stranger::Token) }
    }
}

/// A header that stands there once.
pub(crate) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    }

    #[test]
    fn a_request_must_be_meant_for_this_server_by_name() {
        let guard = Guard::new(8700, Token::new());
        for (host, is_known) in [
            ("127.0.0.1:8700", true),
            ("localhost:8700", true),
            ("127.0.0.1", false),
            ("127.0.0.1:8701", false),
            ("localhost", false),
            ("localhost:8700.evil.example", false),
            ("evil.example:8700", false),
            ("[::1]:8700", false),
            ("", false),
        ] {
            let checked = guard.check_sender(&headers(&[("host", host)]));
            assert_eq!(checked, if is_known { Ok(()) } else { Err(Stranger::Host) }, "{host}");
        }
        assert_eq!(guard.check_sender(&headers(&[])), Err(Stranger::Host));
        let two = headers(&[("host", "localhost:8700"), ("host", "evil.example")]);
        assert_eq!(guard.check_sender(&two), Err(Stranger::Host));
    }

    #[test]
    fn a_request_of_a_page_must_be_of_the_consoles_own() {
        let guard = Guard::new(8700, Token::new());
        for (origin, is_own) in [
            ("http://127.0.0.1:8700", true),
            ("https://127.0.0.1:8700", false),
            ("http://localhost:8700", false),
            ("http://127.0.0.1:8701", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let sent = headers(&[("host", "127.0.0.1:8700"), ("origin", origin)]);
            let expected = if is_own { Ok(()) } else { Err(Stranger::Origin) };
            assert_eq!(guard.check_sender(&sent), expected, "{origin}");
        }
        let two = headers(&[
            ("host", "127.0.0.1:8700"),
            ("origin", "http://127.0.0.1:8700"),
            ("origin", "https://evil.example"),
        ]);
        assert_eq!(guard.check_sender(&two), Err(Stranger::Origin));
    }

    #[test]
    fn only_the_whole_token_opens() {
        let token = Token::new();
        let text = token.text().to_owned();
        assert_eq!(text.len(), 64);
        assert_ne!(text, Token::new().text());
        let guard = Guard::new(8700, token);
        assert_eq!(guard.check_token(&headers(&[(TOKEN, &text)])), Ok(()));
        let nearly = format!("{}{}", &text[..63], if text.ends_with('0') { '1' } else { '0' });
        for wrong in ["", &text[..63], &format!("{text}0"), &nearly] {
            let checked = guard.check_token(&headers(&[(TOKEN, wrong)]));
            assert_eq!(checked, Err(Stranger::Token), "{wrong}");
        }
        assert_eq!(guard.check_token(&headers(&[])), Err(Stranger::Token));
        let twice = headers(&[(TOKEN, &text), (TOKEN, &text)]);
        assert_eq!(guard.check_token(&twice), Err(Stranger::Token));
    }
}
