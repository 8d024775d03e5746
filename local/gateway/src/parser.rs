//! What nginx refuses before Kong's router and plugins see a request.
//!
//! hyper is milder in some of it, and a client that works here must work in production.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Version, header};

use crate::answer::Answer;

/// nginx's buffers (`large_client_header_buffers 4 8k`): for the first line, for each
/// header, and for all of them.
const MAX_LINE_BYTES: usize = 8 * 1024;
const MAX_HEAD_BYTES: usize = 4 * MAX_LINE_BYTES;

/// Headers that may come once at most.
const UNIQUE: [HeaderName; 10] = [
    header::HOST,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::CONTENT_LENGTH,
    header::IF_RANGE,
    header::TRANSFER_ENCODING,
    header::EXPECT,
    header::AUTHORIZATION,
];

/// Kong's answer to what nginx refuses.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<Answer> {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let bad = || Some(Answer::error(StatusCode::BAD_REQUEST, "Bad request"));
    if !method.as_str().bytes().all(|byte| byte.is_ascii_uppercase() || b"_-".contains(&byte)) {
        return bad();
    }
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    // With two blanks, "HTTP/1.1" and the end of the line.
    if method.as_str().len() + target.len() + 12 > MAX_LINE_BYTES {
        return Some(Answer::error(StatusCode::URI_TOO_LONG, "URI too long"));
    }
    if !is_path(uri.path()) {
        return bad();
    }
    let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    if headers.iter().map(line).any(|bytes| bytes > MAX_LINE_BYTES)
        || headers.iter().map(line).sum::<usize>() > MAX_HEAD_BYTES
    {
        let message = "Request header or cookie too large";
        return Some(Answer::error(StatusCode::BAD_REQUEST, message));
    }
    if UNIQUE.iter().any(|name| headers.get_all(name).iter().nth(1).is_some())
        || !has_host(headers, request.version())
        || headers.contains_key(header::CONTENT_LENGTH)
            && headers.contains_key(header::TRANSFER_ENCODING)
    {
        return bad();
    }
    if matches!(*method, Method::TRACE | Method::CONNECT) {
        return Some(Answer::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"));
    }
    None
}

/// Whether the host is there, unless the version does not ask for it, and is one.
fn has_host(headers: &HeaderMap, version: Version) -> bool {
    match headers.get(header::HOST) {
        None => version < Version::HTTP_11,
        Some(host) => {
            let bad = |byte: u8| byte <= b' ' || byte == 0x7f || byte == b'/';
            !host.is_empty() && !host.as_bytes().iter().copied().any(bad)
        }
    }
}

/// Whether the escapes of a path are ones, and none of its dots leads above the root.
fn is_path(path: &str) -> bool {
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let escaped =
            rest.get(at + 1..at + 3).map(|digits| (digits, u8::from_str_radix(digits, 16)));
        match escaped {
            Some((digits, Ok(1..))) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {}
            _ => return false,
        }
        rest = &rest[at + 3..];
    }
    let mut depth = 0_usize;
    for segment in crate::path::decode_unreserved(path).split('/') {
        match segment {
            "" | "." => {}
            ".." if depth == 0 => return false,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_that_nginx_reads() {
        for (path, good) in [
            ("/", true),
            ("/v1/a%20b%2F", true),
            ("/v1/./x/../y", true),
            ("/x/..", true),
            ("/..", false),
            ("/x/../..", false),
            ("/x/%2e%2e/%2e%2E/y", false),
            ("/%00", false),
            ("/%zz", false),
            ("/%+1", false),
            ("/%2", false),
            ("/%", false),
        ] {
            assert_eq!(is_path(path), good, "{path}");
        }
    }
}
