//! The code in `kong/kong.yaml`, with requests made by hand.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName};
use serde_json::{Value as Json, json};

use super::kit::Request;
use super::*;

const KONG_YAML: &str = include_str!("../../../../../kong/kong.yaml");

fn code() -> Code {
    let yaml: Json = serde_saphyr::from_str(KONG_YAML).unwrap();
    let plugins = yaml["plugins"].as_array().unwrap();
    let plugin = plugins.iter().find(|plugin| plugin["name"] == "pre-function").unwrap();
    let config: Config = serde_json::from_value(plugin["config"].clone()).unwrap();
    Code::compile(&config.access).unwrap()
}

/// The request after the code has run.
fn run(code: &Code, client_ip: &str, headers: &[(&str, &str)]) -> Request {
    let mut sent = HeaderMap::new();
    for (name, value) in headers {
        sent.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let client_ip: IpAddr = client_ip.parse().unwrap();
    let (request, result) = code.run(Request { headers: sent, client_ip, answer: None });
    assert_eq!(result.is_err(), request.answer.is_some(), "{result:?}");
    request
}

fn values<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    request.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[test]
fn a_network_is_an_ipv4_address_or_a_64th_of_ipv6() {
    let code = code();
    for (address, network) in [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("2001:db8::1", "2001:db8:0:0::/64"),
        ("2001:db8::3:0:0:0:5", "2001:db8:0:3::/64"),
        ("::1", "0:0:0:0::/64"),
        ("::2:3:4:5:6:7", "0:0:2:3::/64"),
    ] {
        let request = run(&code, address, &[("TenjoNetwork", "203.0.113.1"), ("tenjonetwork", "")]);
        assert_eq!(values(&request, "tenjonetwork"), [network], "{address}");
    }
}

fn token(claims: &Json) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[test]
fn a_player_is_the_subject_of_the_token_however_it_is_spelt() {
    let code = code();
    // Its base64 has both characters in which the two alphabets differ.
    let ours = token(&json!({ "iss": "\"sub\":\"evil\" ~~~???", "sub": "7f-1" }));
    assert!(ours.contains('-') && ours.contains('_'), "{ours}");
    let (signed, _) = ours.rsplit_once('.').unwrap();
    for (sent, player) in [
        (format!("Bearer {ours}"), Some("7f-1")),
        (format!("Bearer  \t {ours}"), Some("7f-1")),
        (format!("bearer {ours}"), Some("7f-1")),
        (format!("  xBearer {ours}"), Some("7f-1")),
        (format!("Bearer {signed}.b3RoZXI"), Some("7f-1")),
        (format!("BEARER {ours}"), None), // the jwt plugin refuses it
        (format!("Bearer{ours}"), None),
        (format!("Bearer {}", token(&json!({ "iss": "us" }))), None),
        ("Bearer a.!.c".to_owned(), None),
        ("Bearer a.b".to_owned(), None),
        (String::new(), None),
    ] {
        let headers = [("Authorization", sent.as_str()), ("TenjoPlayer", "someone-else")];
        let request = run(&code, "192.0.2.7", &headers);
        assert_eq!(values(&request, "tenjoplayer"), player.as_slice(), "{sent}");
        assert_eq!(values(&request, "authorization"), [sent.as_str()]);
    }
    let request = run(&code, "192.0.2.7", &[("TenjoPlayer", "a"), ("TENJOPLAYER", "b")]);
    assert_eq!(values(&request, "tenjoplayer"), [""; 0], "no token, no player");
}

#[test]
fn connection_may_name_no_header() {
    let code = code();
    for (sent, passes) in [
        (&["close"][..], true),
        (&["Keep-Alive"], true),
        (&[" keep-alive ,\tClose, "], true),
        (&[""], true),
        (&[], true),
        (&["close", "keep-alive"], true),
        (&["X-Origin-Secret"], false),
        (&["close, x-origin-secret"], false),
        (&["Idempotency-Key"], false),
        (&["keep-alive,IDEMPOTENCY-KEY,"], false),
        (&["close", "keep-alive, idempotency-key"], false),
        (&["\tIdempotency-Key\t"], false),
        (&["TenjoPlayer"], false),
        (&["Upgrade, HTTP2-Settings"], true),
        (&["TE"], true),
        (&["X-Request-ID"], false),
        (&["close;"], false),
        (&["\"close\""], false),
        (&["close keep-alive"], false),
    ] {
        let headers: Vec<_> = sent.iter().map(|value| ("Connection", *value)).collect();
        assert_eq!(run(&code, "192.0.2.7", &headers).answer.is_none(), passes, "{sent:?}");
    }
}

#[test]
fn what_others_repeat_or_rely_on_is_there_once_and_visible() {
    let (code, long) = (code(), "k".repeat(256));
    for (headers, passes) in [
        (&[("Idempotency-Key", "draw-1")][..], true),
        (&[("Idempotency-Key", &long[..255])], true),
        (&[("Idempotency-Key", &long)], false),
        (&[("Idempotency-Key", "")], false),
        (&[("Idempotency-Key", "draw 1")], false),
        (&[("Idempotency-Key", "a"), ("idempotency-key", "a")], false),
        (&[("X-Request-ID", "7f7c2b1e")], true),
        (&[("X-Request-ID", &long[..128])], true),
        (&[("X-Request-ID", &long[..129])], false),
        (&[("X-Request-ID", "a b")], false),
        (&[("X-Request-ID", "a\u{e9}")], false),
        (&[("X-Request-ID", "a"), ("X-Request-ID", "b")], false),
    ] {
        let request = run(&code, "192.0.2.7", headers);
        assert_eq!(request.answer.is_none(), passes, "{headers:?}");
    }
}

#[test]
fn there_are_no_more_headers_than_every_plugin_sees() {
    let code = code();
    let many = |count: usize, last: (&'static str, &'static str)| {
        let filler = std::iter::repeat_n(("a", ""), count - 1);
        filler.chain([last]).collect::<Vec<_>>()
    };
    for (count, passes) in [(80, true), (81, false), (100, false), (1000, false), (5000, false)] {
        let request = run(&code, "192.0.2.7", &many(count, ("b", "")));
        assert_eq!(request.answer.is_none(), passes, "{count}");
        // A guard that sees no more than the first ones would let it pass.
        let hidden = run(&code, "192.0.2.7", &many(count, ("Connection", "Idempotency-Key")));
        assert!(hidden.answer.is_some(), "{count}");
    }
}

#[test]
fn names_that_nginx_takes_for_others_are_refused() {
    let code = code();
    for (name, passes) in [
        ("X_Request_ID", false),
        ("x-request_id", false),
        ("Idempotency_Key", false),
        ("X_Other", true),
        ("X-Request-ID", true),
    ] {
        let request = run(&code, "192.0.2.7", &[(name, "a")]);
        assert_eq!(request.answer.is_none(), passes, "{name}");
        let repeated = values(&request, "x_request_id");
        assert!(repeated.is_empty(), "correlation-id would repeat it");
    }
}
