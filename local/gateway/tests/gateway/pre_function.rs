//! The Lua of `kong/kong.yaml` in front of the plugins that rely on it.

use serde_json::{Value, json};

use crate::client::Call;
use crate::setup::{NOW_S, Setup, config};
use crate::tokens::{JWT, Key, consumers};
use crate::upstream::Upstream;

const KONG_YAML: &str = include_str!("../../../../kong/kong.yaml");

/// The plugin as `kong/kong.yaml` has it.
fn of_the_repository() -> String {
    let yaml: Value = serde_saphyr::from_str(KONG_YAML).unwrap();
    let plugins = yaml["plugins"].as_array().unwrap();
    let plugin = plugins.iter().find(|plugin| plugin["name"] == "pre-function").unwrap();
    format!("- {plugin}\n")
}

fn two_a_minute_by(header_name: &str) -> String {
    format!(
        "- name: rate-limiting\n  config: {{minute: 2, limit_by: header, header_name: {header_name}}}\n"
    )
}

/// A gateway that counts players, behind the jwt plugin.
async fn counting_players(upstream: &Upstream, key: &Key) -> Setup {
    let plugins = format!("{}{JWT}{}", of_the_repository(), two_a_minute_by("TenjoPlayer"));
    let consumers = consumers(&[("k1", key), ("k2", key)]);
    Setup::start(&(config(&upstream.url(), &plugins) + &consumers)).await
}

/// An access token of a player. `jti` makes it another one.
fn token(key: &Key, kid: &str, player: &str, jti: u32) -> String {
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
    key.sign(&header, &json!({ "sub": player, "exp": NOW_S + 900, "jti": jti }))
}

#[tokio::test]
async fn a_player_is_counted_once_over_all_tokens_and_spellings() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let setup = counting_players(&upstream, &key).await;
    let (first, second) = (token(&key, "k1", "aoi", 1), token(&key, "k2", "aoi", 2));
    let bearer =
        |text: &str, token: &str| Call::get("/").header("Authorization", &format!("{text}{token}"));

    for (call, status) in [
        (bearer("Bearer ", &first), 200),
        (bearer("Bearer ", &second), 200), // a new login
        (bearer("Bearer ", &first), 429),
        (bearer("Bearer  ", &first), 429),
        (bearer("Bearer \t ", &first), 429),
        (bearer("bearer ", &first), 429),
        (bearer("Bearer ", &second).header("TenjoPlayer", "somebody"), 429),
        (bearer("Bearer ", &token(&key, "k1", "rin", 3)), 200),
    ] {
        assert_eq!(setup.send(call).await.status, status);
    }
}

#[tokio::test]
async fn the_other_signature_of_a_token_is_the_same_player() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let setup = counting_players(&upstream, &key).await;
    let token = token(&key, "k1", "aoi", 1);
    let twin = key.other_signature(&token);
    assert_ne!(token, twin);
    for (token, status) in [(&token, 200), (&twin, 200), (&token, 429), (&twin, 429)] {
        assert_eq!(setup.send(Call::get("/").token(token)).await.status, status);
    }
}

#[tokio::test]
async fn a_made_up_token_costs_its_player_nothing() {
    let upstream = Upstream::echoing().await;
    let (key, other) = (Key::new(1), Key::new(2));
    let setup = counting_players(&upstream, &key).await;
    for _ in 0..3 {
        let forged = token(&other, "k1", "aoi", 1);
        assert_eq!(setup.send(Call::get("/").token(&forged)).await.status, 401);
    }
    let reply = setup.send(Call::get("/").token(&token(&key, "k1", "aoi", 1))).await;
    assert_eq!(reply.header("ratelimit-remaining"), Some("1"));
}

#[tokio::test]
async fn without_a_token_a_network_is_counted_and_no_client_names_its_own() {
    let upstream = Upstream::echoing().await;
    let plugins = of_the_repository() + &two_a_minute_by("TenjoNetwork");
    let setup = Setup::start(&config(&upstream.url(), &plugins)).await;
    for (call, status) in [
        (Call::post("/"), 200),
        (Call::post("/").header("TenjoNetwork", "203.0.113.7"), 200),
        (Call::post("/").header("TenjoNetwork", "203.0.113.8"), 429),
        (Call::post("/").header("X-Forwarded-For", "203.0.113.9"), 429),
    ] {
        assert_eq!(setup.send(call).await.status, status);
    }
}

#[tokio::test]
async fn connection_takes_no_header_away() {
    let upstream = Upstream::echoing().await;
    let plugins = of_the_repository()
        + "- name: request-transformer\n  config: {add: {headers: ['X-Origin-Secret:ours']}}\n"
        + "- name: correlation-id\n  config: {header_name: X-Request-ID, generator: uuid, echo_downstream: true}\n";
    let setup = Setup::start(&config(&upstream.url(), &plugins)).await;
    for named in ["X-Origin-Secret", "close, IDEMPOTENCY-KEY", "keep-alive,,\tidempotency-key"] {
        // A second header: the client of these tests sends `Connection: close` first.
        let call = Call::post("/").header("Connection", named).header("Idempotency-Key", "a");
        let reply = setup.send(call).await;
        reply.assert_message(400, "Connection may name only what concerns the connection");
        assert!(reply.header("x-request-id").is_some(), "{reply:?}");
    }
    let told = setup.send(Call::post("/").header("Connection", "Keep-Alive")).await.json();
    assert_eq!(told["headers"]["x-origin-secret"], "ours");
}

#[tokio::test]
async fn a_header_behind_many_others_is_not_overlooked() {
    let upstream = Upstream::echoing().await;
    let setup = Setup::start(&config(&upstream.url(), &of_the_repository())).await;
    for count in [100, 1000, 2000] {
        let many = (0..count).fold(Call::post("/"), |call, _| call.header("a", ""));
        let call = many.header("Idempotency-Key", "a").header("Connection", "Idempotency-Key");
        setup.send(call).await.assert_message(400, "At most 80 headers are allowed");
    }
    assert_eq!(upstream.connections(), 0);
    let some = (0..70).fold(Call::post("/"), |call, n| call.header(&format!("a{n}"), ""));
    assert_eq!(setup.send(some).await.status, 200);
}

#[tokio::test]
async fn code_that_fails_answers_500_and_the_next_request_is_served() {
    let upstream = Upstream::echoing().await;
    let plugins = "
- name: pre-function
  config:
    access: [\"local sent = kong.request.get_headers()['x-fail']; if sent then sent() end\"]
";
    let setup = Setup::start(&config(&upstream.url(), plugins)).await;
    let reply = setup.send(Call::get("/").header("X-Fail", "yes")).await;
    reply.assert_error(500, "An unexpected error occurred");
    assert_eq!(setup.send(Call::get("/")).await.status, 200);
}
