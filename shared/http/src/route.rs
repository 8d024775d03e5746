//! The one route that a function serves.

use http::Method;
use percent_encoding::percent_decode_str;

/// A method and a path, such as `GET /v1/gacha/pools/{pool_id}`.
///
/// The gateway sends nothing else. But a function URL is public and takes any
/// path, so a function checks it again.
#[derive(Debug, Clone)]
pub struct Route {
    method: Method,
    path: &'static str,
}

impl Route {
    /// `GET` of a path.
    #[must_use]
    pub const fn get(path: &'static str) -> Self {
        Self { method: Method::GET, path }
    }

    /// `POST` to a path.
    #[must_use]
    pub const fn post(path: &'static str) -> Self {
        Self { method: Method::POST, path }
    }

    /// `PUT` to a path.
    #[must_use]
    pub const fn put(path: &'static str) -> Self {
        Self { method: Method::PUT, path }
    }

    /// `DELETE` of a path.
    #[must_use]
    pub const fn delete(path: &'static str) -> Self {
        Self { method: Method::DELETE, path }
    }

    /// The path, with its names in braces.
    pub(crate) const fn path(&self) -> &'static str {
        self.path
    }

    /// The values in the path by their names, decoded, if the request is for this route.
    /// What is not UTF-8 becomes U+FFFD, which no value of ours has.
    pub(crate) fn read(&self, method: &Method, path: &str) -> Option<Vec<(&'static str, String)>> {
        let (mut ours, mut theirs) = (self.path.split('/'), path.split('/'));
        let mut values = Vec::new();
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return (*method == self.method).then_some(values),
                (Some(part), Some(value)) => match named(part) {
                    Some(name) if !value.is_empty() => {
                        let value = percent_decode_str(value).decode_utf8_lossy();
                        values.push((name, value.into_owned()));
                    }
                    None if part == value => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
}

/// The name in `{name}`.
fn named(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_takes_its_own_method_and_path_only() {
        let route = Route::get("/v1/gacha/pools/{pool_id}");
        for (method, path, value) in [
            (Method::GET, "/v1/gacha/pools/spring", Some("spring")),
            (Method::POST, "/v1/gacha/pools/spring", None),
            (Method::GET, "/v1/gacha/pools/a%2Fb%20%zz", Some("a/b %zz")),
            (Method::GET, "/v1/gacha/pools/%ff", Some("\u{fffd}")),
            (Method::GET, "/v1/gacha/pools/", None),
            (Method::GET, "/v1/gacha/pools", None),
            (Method::GET, "/v1/gacha/pools/spring/x", None),
            (Method::GET, "/v1/gacha/sagas/spring", None),
        ] {
            let values = route.read(&method, path);
            let expected = value.map(|value| vec![("pool_id", value.to_owned())]);
            assert_eq!(values, expected, "{method} {path}");
        }
    }
}
