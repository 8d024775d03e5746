//! The headers between us and the upstream.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};

use super::service::Service;
use crate::answer::SERVER;
use crate::exchange::Exchange;

/// They concern one connection only.
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Turns the client's headers into those that the upstream gets.
pub(super) fn prepare(exchange: &mut Exchange, service: &Service, body: &Bytes) {
    let headers = &mut exchange.headers;
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok()?.parse::<http::uri::Authority>().ok())
        .map_or_else(|| exchange.listener.ip().to_string(), |host| host.host().to_owned());

    strip_hop_by_hop(headers);
    for name in ["expect", "proxy", "proxy-connection", "content-length", "x-forwarded-prefix"] {
        headers.remove(name);
    }
    let may_have_body = !matches!(exchange.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if may_have_body || !body.is_empty() {
        headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    headers.insert(header::HOST, service.host_header.clone());
    add_via(headers, Version::HTTP_11);

    // No proxy before us is trusted: what a client says of itself is replaced,
    // except for the list of hops, to which we add what we saw.
    let client_ip = exchange.client.ip().to_string();
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|hop| hop.to_str().ok())
        .chain([&*client_ip])
        .collect();
    let hops = hops.join(", ");
    for (name, value) in [
        ("x-forwarded-for", &hops),
        ("x-real-ip", &client_ip),
        ("x-forwarded-proto", &"http".to_owned()),
        ("x-forwarded-host", &host),
        ("x-forwarded-port", &exchange.listener.port().to_string()),
        ("x-forwarded-path", &exchange.raw_path),
        ("x-kong-request-id", &exchange.request_id),
    ] {
        // They come from headers and a path that HTTP has already let through.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Removes what concerns one connection, and what `Connection` names. As in Kong, that
/// may be a header that a plugin has just added, and of several `Connection` headers
/// the first counts.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get(header::CONNECTION)
        .and_then(|value| value.to_str().ok())
        .into_iter()
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Adds this gateway to the way that the message has come.
pub(super) fn add_via(headers: &mut HeaderMap, version: Version) {
    let version = if version == Version::HTTP_10 { "1.0" } else { "1.1" };
    let own = format!("{version} {SERVER}");
    let via = match headers.get(header::VIA).and_then(|via| via.to_str().ok()) {
        Some(before) => format!("{before}, {own}"),
        None => own,
    };
    if let Ok(via) = HeaderValue::try_from(via) {
        headers.insert(header::VIA, via);
    }
}
