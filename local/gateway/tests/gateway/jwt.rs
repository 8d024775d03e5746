//! Tokens: which are taken, and what is said of the others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Call;
use crate::setup::{NOW_S, Setup, config, indented};
use crate::tokens::{JWT, Key, consumers, unsigned};
use crate::upstream::Upstream;

const BAD_TOKEN: &str = r#"Bearer error="invalid_token""#;

async fn with_two_keys() -> (Setup, Key, Key) {
    let upstream = Upstream::echoing().await;
    let (current, next) = (Key::new(1), Key::new(2));
    let config =
        config(&upstream.url(), JWT) + &consumers(&[("current", &current), ("next", &next)]);
    (Setup::start(&config).await, current, next)
}

#[tokio::test]
async fn both_keys_are_accepted_while_they_rotate() {
    let (setup, current, next) = with_two_keys().await;
    for (kid, key) in [("current", &current), ("next", &next)] {
        let told = setup.send(Call::get("/").token(&key.token(kid))).await.json();
        assert_eq!(told["headers"]["x-credential-identifier"], kid);
    }
}

#[tokio::test]
async fn without_a_token_nobody_passes() {
    let (setup, key, _) = with_two_keys().await;
    let token = key.token("current");
    for call in [
        Call::get("/"),
        Call::get("/").header("Authorization", "Basic eDp5"),
        Call::get("/").header("Authorization", &format!("BEARER {token}")),
        Call::get("/").header("Authorization", &token),
        Call::get("/").header("Cookie", &format!("jwt={token}")),
        Call::get(&format!("/?jwt={token}")), // not among the uri_param_names
    ] {
        let reply = setup.send(call).await;
        reply.assert_message(401, "Unauthorized");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    let lower = Call::get("/").header("authorization", &format!("bearer {token}"));
    assert_eq!(setup.send(lower).await.status, 200);
}

#[tokio::test]
async fn a_bad_token_is_refused_with_its_reason() {
    let (setup, key, other) = with_two_keys().await;
    let header = |kid: &str| json!({ "alg": "ES256", "kid": kid });
    let claims = json!({ "exp": NOW_S + 900 });
    let with_claims = |claims: Value| key.sign(&header("current"), &claims);
    let signed = key.token("current");
    let message = signed.rsplit_once('.').unwrap().0;
    let not_json = URL_SAFE_NO_PAD.encode("{");

    for (what, token, reason) in [
        ("not a token", "nonsense".to_owned(), "Bad token; invalid JSON"),
        ("two parts", message.to_owned(), "Bad token; invalid JSON"),
        ("broken JSON", format!("{not_json}.{not_json}.AA"), "Bad token; invalid JSON"),
        (
            "no signature needed",
            unsigned(&json!({ "alg": "none", "kid": "current" }), &claims) + ".",
            "Bad token; invalid alg",
        ),
        (
            "no algorithm",
            unsigned(&json!({ "kid": "current" }), &claims) + ".AA",
            "Bad token; invalid alg",
        ),
        ("another key's signature", other.sign(&header("current"), &claims), "Invalid signature"),
        ("a short signature", format!("{message}.AAAA"), "Invalid signature"),
        ("an empty signature", format!("{message}."), "Invalid signature"),
        (
            "other claims, same signature",
            format!(
                "{}.{}",
                unsigned(&header("current"), &json!({ "exp": NOW_S + 9_000_000 })),
                signed.rsplit_once('.').unwrap().1
            ),
            "Invalid signature",
        ),
        (
            "another algorithm",
            unsigned(&json!({ "alg": "HS256", "kid": "current" }), &claims) + ".AA",
            "Invalid algorithm",
        ),
        (
            "an algorithm that no key here has",
            unsigned(&json!({ "alg": "ES512", "kid": "current" }), &claims) + ".AA",
            "Invalid algorithm",
        ),
        (
            "an unknown key",
            key.sign(&header("old"), &claims),
            "No credentials found for given 'kid'",
        ),
        ("no key", key.sign(&json!({ "alg": "ES256" }), &claims), "No mandatory 'kid' in claims"),
        ("an empty key", key.sign(&header(""), &claims), "Invalid 'kid' in claims"),
        (
            // The claim is read before the header.
            "an unknown key among the claims",
            with_claims(json!({ "exp": NOW_S + 900, "kid": "old" })),
            "No credentials found for given 'kid'",
        ),
    ] {
        let reply = setup.send(Call::get("/").token(&token)).await;
        assert_eq!(reply.body, json!({ "message": reason }).to_string(), "{what}");
        reply.assert_message(401, reason);
        assert_eq!(reply.header("www-authenticate"), Some(BAD_TOKEN), "{what}");
    }
}

#[tokio::test]
async fn a_refused_token_stays_json_whatever_is_accepted() {
    let (setup, ..) = with_two_keys().await;
    let reply = setup.send(Call::get("/").header("Accept", "text/html")).await;
    reply.assert_message(401, "Unauthorized");
}

#[tokio::test]
async fn a_token_ends_at_its_second() {
    let (setup, key, _) = with_two_keys().await;
    for (claims, error) in [
        (json!({ "exp": NOW_S + 1 }), None),
        (json!({ "exp": NOW_S }), Some("token expired")),
        (json!({ "exp": NOW_S - 1 }), Some("token expired")),
        (json!({}), Some("must be a number")),
        (json!({ "exp": "4000000000" }), Some("must be a number")),
        (json!({ "exp": null }), Some("must be a number")),
    ] {
        let token = key.sign(&json!({ "alg": "ES256", "kid": "current" }), &claims);
        let reply = setup.send(Call::get("/").token(&token)).await;
        match error {
            None => assert_eq!(reply.status, 200, "{claims}"),
            Some(error) => {
                assert_eq!(reply.status, 401, "{claims}");
                assert_eq!(reply.body, json!({ "exp": error }).to_string());
                assert_eq!(reply.header("www-authenticate"), Some(BAD_TOKEN));
            }
        }
    }
    let token = key.token("current");
    assert_eq!(setup.send(Call::get("/").token(&token)).await.status, 200);
    setup.set_time(NOW_S + 900);
    assert_eq!(setup.send(Call::get("/").token(&token)).await.status, 401);
}

#[tokio::test]
async fn several_places_may_hold_one_token_and_not_two() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let plugins = JWT.replace("uri_param_names: []", "uri_param_names: [jwt]");
    let config = config(&upstream.url(), &plugins) + &consumers(&[("k1", &key), ("k2", &key)]);
    let setup = Setup::start(&config).await;
    let (one, other) = (key.token("k1"), key.token("k2"));

    for (target, header, passes) in [
        (format!("/?jwt={one}"), None, true),
        (format!("/?jwt={one}"), Some(&one), true),
        (format!("/?jwt={one}"), Some(&other), false),
        (format!("/?jwt={one}&jwt={other}"), None, false),
    ] {
        let mut call = Call::get(&target);
        if let Some(token) = header {
            call = call.token(token);
        }
        let reply = setup.send(call).await;
        if passes {
            assert_eq!(reply.status, 200);
        } else {
            reply.assert_message(401, "Multiple tokens provided");
        }
    }
}

#[tokio::test]
async fn what_is_not_to_be_verified_is_not() {
    let upstream = Upstream::echoing().await;
    let key = Key::new(1);
    let plugins = JWT.replace("claims_to_verify: [exp]", "claims_to_verify: [nbf]");
    let config = config(&upstream.url(), &plugins) + &consumers(&[("k1", &key)]);
    let setup = Setup::start(&config).await;
    for (claims, status) in
        [(json!({ "nbf": NOW_S, "exp": 0 }), 200), (json!({ "nbf": NOW_S + 1 }), 401)]
    {
        let token = key.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims);
        assert_eq!(setup.send(Call::get("/").token(&token)).await.status, status, "{claims}");
    }
}

/// Tokens that another library signed, one for each algorithm.
#[derive(Deserialize)]
struct Sample {
    algorithm: String,
    public_key: String,
    token: String,
}

#[tokio::test]
async fn every_algorithm_of_kong_that_we_have_verifies() {
    let upstream = Upstream::echoing().await;
    let samples: Vec<Sample> = serde_json::from_str(include_str!("data/tokens.json")).unwrap();
    assert_eq!(samples.len(), 9);
    for sample in samples {
        let consumers = format!(
            "consumers:\n- username: players\n  jwt_secrets:\n  - key: players\n    \
             algorithm: {}\n    rsa_public_key: |-\n{}\n",
            sample.algorithm,
            indented(&sample.public_key, 6)
        );
        let plugins = "- name: jwt\n  config: {claims_to_verify: [exp]}";
        let setup = Setup::start(&(config(&upstream.url(), plugins) + &consumers)).await;
        let algorithm = &sample.algorithm;

        let reply = setup.send(Call::get("/").token(&sample.token)).await;
        assert_eq!(reply.status, 200, "{algorithm}: {reply:?}");
        let (message, signature) = sample.token.rsplit_once('.').unwrap();
        let reversed: String = signature.chars().rev().collect();
        let reply = setup.send(Call::get("/").token(&format!("{message}.{reversed}"))).await;
        assert!(reply.body.contains("nvalid signature"), "{algorithm}: {reply:?}");
    }
}

#[tokio::test]
async fn shared_secrets_verify_plain_or_in_base64() {
    // RFC 7515, A.1: the key is given in base64.
    const RFC_KEY: &str =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const RFC_TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    let upstream = Upstream::echoing().await;
    for (secret_is_base64, status) in [(true, 200), (false, 401)] {
        let plugins = format!("- name: jwt\n  config: {{secret_is_base64: {secret_is_base64}}}");
        let consumers = format!(
            "consumers:\n- username: joe\n  jwt_secrets:\n  - {{key: joe, algorithm: HS256, secret: {RFC_KEY}}}\n"
        );
        let setup = Setup::start(&(config(&upstream.url(), &plugins) + &consumers)).await;
        assert_eq!(setup.send(Call::get("/").token(RFC_TOKEN)).await.status, status);
    }

    for name in ["HS256", "HS384", "HS512"] {
        let algorithm = name.parse().unwrap();
        let message = unsigned(&json!({ "alg": name }), &json!({ "iss": "joe" }));
        let key = jsonwebtoken::EncodingKey::from_secret(b"a plain secret");
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
        let consumers = format!(
            "consumers:\n- username: joe\n  jwt_secrets:\n  - {{key: joe, algorithm: {name}, secret: a plain secret}}\n"
        );
        let setup = Setup::start(&(config(&upstream.url(), "- name: jwt") + &consumers)).await;
        let reply = setup.send(Call::get("/").token(&format!("{message}.{signature}"))).await;
        assert_eq!(reply.status, 200, "{name}");
    }
}
