//! Which pages a browser lets read our answers.

use crate::client::Call;
use crate::setup::{Setup, config};
use crate::tokens::JWT;
use crate::upstream::Upstream;

const GAME: &str = "https://game.example";
const EVIL: &str = "https://evil.example";

fn preflight(origin: &str) -> Call {
    Call::new("OPTIONS", "/")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "x-asked")
}

#[tokio::test]
async fn an_origin_is_allowed_as_configured() {
    let upstream = Upstream::echoing().await;
    for (origins, sent, allowed) in [
        ("[https://game.example, https://other.example]", GAME, Some(GAME)),
        ("[https://game.example, https://other.example]", EVIL, None),
        ("[https://game.example, https://game.example]", GAME, Some(GAME)),
        ("[https://game.example, https://game.example]", EVIL, None),
        // The default port is the same origin.
        ("[https://game.example, https://other.example]", "https://game.example:443", Some(GAME)),
        ("[https://game.example, https://other.example]", "https://game.example:444", None),
        // Expressions are anchored, and need not say so.
        (r"['https://[a-z]+\.example']", GAME, Some(GAME)),
        (r"['https://[a-z]+\.example']", "https://game.example.evil", None),
        (r"['[a-z]+\.example']", GAME, Some(GAME)), // without a colon: the host
        // Kong names a single plain origin to everybody.
        ("[https://game.example]", EVIL, Some(GAME)),
        ("['*']", EVIL, Some("*")),
        ("[]", EVIL, Some("*")),
    ] {
        let plugins = format!("- name: cors\n  config: {{origins: {origins}}}");
        let setup = Setup::start(&config(&upstream.url(), &plugins)).await;
        for call in [preflight(sent), Call::get("/").header("Origin", sent)] {
            let reply = setup.send(call).await;
            assert_eq!(reply.status, 200);
            let answered = reply.header("access-control-allow-origin");
            assert_eq!(answered, allowed, "{origins} for {sent}");
            assert_eq!(reply.header("vary").is_some(), allowed != Some("*"));
        }
    }
}

#[tokio::test]
async fn a_preflight_is_answered_before_anything_asks_for_a_token() {
    let upstream = Upstream::echoing().await;
    let plugins = format!(
        "{JWT}
- name: cors
  config:
    origins: [{GAME}, {GAME}]
    methods: [GET, PUT]
    headers: [X-One, X-Two]
    exposed_headers: [X-Three]
    max_age: 600
"
    );
    let setup = Setup::start(&config(&upstream.url(), &plugins)).await;

    let reply = setup.send(preflight(GAME)).await;
    assert_eq!((reply.status, &*reply.body), (200, ""));
    for (name, value) in [
        ("access-control-allow-origin", Some(GAME)),
        ("access-control-allow-methods", Some("GET,PUT")),
        ("access-control-allow-headers", Some("X-One,X-Two")),
        ("access-control-max-age", Some("600")),
        ("access-control-expose-headers", None),
        ("vary", Some("Origin")),
        ("content-length", Some("0")),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    assert_eq!(upstream.connections(), 0);

    // Refusals can be read by the page too.
    let refused = setup.send(Call::get("/").header("Origin", GAME)).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), Some(GAME));
    assert_eq!(refused.header("access-control-expose-headers"), Some("X-Three"));

    // An OPTIONS that is no preflight gets no special way.
    let plain = setup.send(Call::new("OPTIONS", "/")).await;
    plain.assert_message(401, "Unauthorized");
}

#[tokio::test]
async fn a_preflight_may_ask_for_any_header_where_none_are_listed() {
    let upstream = Upstream::echoing().await;
    let plugins = "- name: cors\n  config: {credentials: true}";
    let setup = Setup::start(&config(&upstream.url(), plugins)).await;
    let reply = setup.send(preflight(GAME)).await;
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-asked"));
    // With credentials, "*" becomes the origin itself.
    assert_eq!(reply.header("access-control-allow-origin"), Some(GAME));
    assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
    let methods = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT";
    assert_eq!(reply.header("access-control-allow-methods"), Some(methods));
}
