//! What the upstream gets.

use serde_json::{Value, json};

use crate::client::Call;
use crate::setup::{Setup, config};
use crate::tokens::{JWT, Key, consumers};
use crate::upstream::Upstream;

#[tokio::test]
async fn path_query_and_body_arrive_below_the_services_path() {
    let upstream = Upstream::echoing().await;
    let url = format!("{}/lambda-url/get-saga/", upstream.url());
    let setup = Setup::start(&config(&url, "")).await;

    for (sent, arrived) in [
        ("/v1/gacha/sagas/7?a=1&b=%20", "/lambda-url/get-saga/v1/gacha/sagas/7?a=1&b=%20"),
        ("/v1//gacha/./sagas/x/../7", "/lambda-url/get-saga/v1/gacha/sagas/7"),
        ("/v1/gacha/sag%61s/a%2fb", "/lambda-url/get-saga/v1/gacha/sagas/a%2Fb"),
    ] {
        let told = setup.send(Call::post(sent).body("some text")).await.json();
        assert_eq!(told["target"], arrived, "{sent}");
        assert_eq!(told["method"], "POST");
        assert_eq!(told["body"], "some text");
    }
    let told = setup.send(Call::post("/").chunked("in chunks")).await.json();
    assert_eq!(told["body"], "in chunks");
    assert_eq!(told["headers"]["content-length"], "9");
}

#[tokio::test]
async fn the_upstreams_status_and_body_reach_the_client() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    let reply = setup.send(Call::get("/some/missing")).await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.json()["target"], "/some/missing");
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_upstream_learns_who_asked_and_how() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    let call = Call::get("/v1//me?x=1")
        .header("X-Forwarded-For", "203.0.113.7")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Port", "443")
        .header("X-Forwarded-Path", "/evil")
        .header("X-Forwarded-Prefix", "/evil")
        .header("X-Real-IP", "203.0.113.7")
        .header("X-Kong-Request-Id", "evil")
        .header("Via", "1.1 front")
        .header("Keep-Alive", "timeout=5")
        .header("TE", "trailers")
        .header("X-Kept", "yes");
    let reply = setup.send(call).await;
    let told = &reply.json()["headers"];

    let port = setup.address.port().to_string();
    for (name, value) in [
        ("host", json!(upstream.address.to_string())),
        ("x-forwarded-for", json!("203.0.113.7, 127.0.0.1")),
        ("x-real-ip", json!("127.0.0.1")),
        ("x-forwarded-proto", json!("http")),
        ("x-forwarded-host", json!("game.example")),
        ("x-forwarded-port", json!(port)),
        ("x-forwarded-path", json!("/v1//me")),
        ("x-forwarded-prefix", Value::Null),
        ("x-kong-request-id", json!(reply.header("x-kong-request-id").unwrap())),
        ("via", json!("1.1 front, 1.1 kong/3.9.1")),
        ("keep-alive", Value::Null),
        ("te", Value::Null),
        ("content-length", Value::Null),
        ("x-kept", json!("yes")),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_client_cannot_speak_for_a_consumer() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let config = config(&upstream.url(), JWT) + &consumers(&[("k1", &key)]);
    let setup = Setup::start(&config).await;
    let call = Call::get("/")
        .token(&key.token("k1"))
        .header("X-Consumer-ID", "evil")
        .header("X-Consumer-Username", "evil")
        .header("X-Consumer-Custom-ID", "evil")
        .header("X-Credential-Identifier", "evil")
        .header("X-Anonymous-Consumer", "true");
    let told = setup.send(call).await.json();

    for (name, value) in [
        ("x-consumer-id", json!("0f7d7b2e-6a55-4a43-8c8f-0c1f4a1b2c3d")),
        ("x-consumer-username", json!("players")),
        ("x-consumer-custom-id", Value::Null),
        ("x-credential-identifier", json!("k1")),
        ("x-anonymous-consumer", Value::Null),
    ] {
        assert_eq!(told["headers"][name], value, "{name}");
    }
}

#[tokio::test]
async fn headers_are_removed_replaced_added_and_appended_in_this_order() {
    let upstream = Upstream::echoing().await;
    let plugins = "
- name: request-transformer
  config:
    remove: {headers: [X-Origin-Secret, X-Removed]}
    replace: {headers: ['X-Replaced:new', 'X-Absent:new']}
    add: {headers: ['X-Origin-Secret:ours:with:colons', 'X-There:new']}
    append: {headers: ['X-Appended:new']}
";
    let setup = Setup::start(&config(&upstream.url(), plugins)).await;
    let call = Call::get("/")
        .header("X-Origin-Secret", "stolen")
        .header("x-origin-secret", "stolen twice")
        .header("X-Removed", "old")
        .header("X-Replaced", "old")
        .header("X-There", "old");
    let told = setup.send(call).await.json();

    for (name, value) in [
        ("x-origin-secret", json!("ours:with:colons")),
        ("x-removed", Value::Null),
        ("x-replaced", json!("new")),
        ("x-absent", Value::Null),
        ("x-there", json!("old")),
        ("x-appended", json!("new")),
    ] {
        assert_eq!(told["headers"][name], value, "{name}");
    }
}

/// Real Kong does it after all plugins: so a client can take away a header that the
/// gateway has added.
#[tokio::test]
async fn what_connection_names_does_not_arrive() {
    let upstream = Upstream::echoing().await;
    let plugins = "
- name: request-transformer
  config:
    remove: {headers: [X-Origin-Secret]}
    add: {headers: ['X-Origin-Secret:ours']}
";
    let setup = Setup::start(&config(&upstream.url(), plugins)).await;
    for (connection, secret, key) in [
        (&["close"][..], json!("ours"), json!("k")),
        (&["close, X-Origin-Secret"][..], Value::Null, json!("k")),
        (&["x-origin-secret,IDEMPOTENCY-KEY , close"][..], Value::Null, Value::Null),
        // Of several, Kong reads the first.
        (&["close", "X-Origin-Secret"][..], json!("ours"), json!("k")),
    ] {
        let mut call = Call::bare("GET / HTTP/1.1").header("Host", "game.example");
        for value in connection {
            call = call.header("Connection", value);
        }
        let told = setup.send(call.header("Idempotency-Key", "k")).await.json();
        assert_eq!(told["headers"]["x-origin-secret"], secret, "{connection:?}");
        assert_eq!(told["headers"]["idempotency-key"], key, "{connection:?}");
        assert_eq!(told["headers"]["connection"], Value::Null, "{connection:?}");
    }
}

#[tokio::test]
async fn an_upstream_gets_all_requests_at_once() {
    let upstream = Upstream::answering_in_groups(128).await;
    let setup = Setup::start(&config(&upstream.url(), "")).await;
    let calls = (0..128).map(|_| tokio::spawn(Call::get("/").send(setup.address)));
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().status, 200);
    }
}
