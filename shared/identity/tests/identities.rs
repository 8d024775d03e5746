//! What claims to be somebody's identity: each input, and whether it is believed. Keys
//! are asked for at the test store, as at Apple and Google.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tenjo_domain::LinkProvider;
use tenjo_identity::{Identities, Refused, Shown, TokenError};
use tenjo_test_store::{
    APPLE_CLIENT_ID, GOOGLE_CLIENT_ID, IdentityKeys, Provider, SignIn, Store, on_free_port,
};
use time::{Duration, OffsetDateTime};

const NONCE: &str = "a-nonce-that-nobody-guesses";

/// What the app gives to the provider for a nonce.
fn given(nonce: &str) -> String {
    hex::encode(Sha256::digest(nonce))
}

fn now() -> OffsetDateTime {
    #[expect(clippy::disallowed_methods, reason = "the tokens are dated by it")]
    OffsetDateTime::now_utc()
}

fn sign_in(provider: Provider, with: Value) -> SignIn {
    SignIn {
        provider,
        subject: "somebody".to_owned(),
        nonce: given(NONCE),
        with: with.as_object().cloned().unwrap_or_default(),
    }
}

fn shown(token: impl Into<String>) -> Shown {
    Shown::new(token.into(), NONCE.to_owned()).map_err(|(field, _)| field).unwrap()
}

/// A provider on this machine.
struct Stage {
    store: Arc<Store>,
    apple: Identities,
    google: Identities,
}

impl Stage {
    async fn open() -> Self {
        let (store, url) = on_free_port().await.unwrap();
        Self {
            apple: apple(&format!("{url}/auth/keys")),
            google: Identities::new(
                LinkProvider::Google,
                &format!("{url}/certs"),
                vec!["another-of-ours".to_owned(), GOOGLE_CLIENT_ID.to_owned()],
            ),
            store,
        }
    }

    fn sign(&self, provider: Provider, with: Value) -> String {
        self.store.identity_keys().sign(&sign_in(provider, with)).unwrap()
    }

    async fn refusal(&self, token: &str) -> Option<Refused> {
        match self.apple.identify(&shown(token), now()).await {
            Ok(_) => None,
            Err(TokenError::Refused(refused)) => Some(refused),
            Err(error) => panic!("{error}"),
        }
    }
}

fn apple(url: &str) -> Identities {
    Identities::new(LinkProvider::Apple, url, vec![APPLE_CLIENT_ID.to_owned()])
}

/// Apple, if it serves its keys by these routes.
async fn apple_at(routes: axum::Router) -> Identities {
    let listener = tenjo_aws_json::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let identities = apple(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(tenjo_aws_json::serve(listener, routes));
    identities
}

#[tokio::test]
async fn who_signed_in_for_this_app_is_believed() {
    let stage = Stage::open().await;
    let token = stage.sign(Provider::Apple, json!({}));
    let identity = stage.apple.identify(&shown(&token), now()).await.unwrap();
    assert_eq!((identity.provider, identity.subject.as_str()), (LinkProvider::Apple, "somebody"));
    assert_eq!(identity.token_hash[..], Sha256::digest(&token)[..]);

    // Google has two spellings of itself, and an app may have several client ids.
    for with in [
        json!({}),
        json!({ "iss": "accounts.google.com" }),
        json!({ "aud": "another-of-ours" }),
        json!({ "aud": ["of-others", GOOGLE_CLIENT_ID] }),
    ] {
        let token = stage.sign(Provider::Google, with.clone());
        let identity = stage.google.identify(&shown(token), now()).await;
        let identity = identity.unwrap_or_else(|error| panic!("{with}: {error}"));
        assert_eq!(identity.provider, LinkProvider::Google);
    }
}

#[tokio::test]
async fn what_is_for_another_app_of_another_issuer_or_of_another_time_is_refused() {
    let stage = Stage::open().await;
    let at = |offset: Duration| (now() + offset).unix_timestamp();
    for (with, refused) in [
        (json!({ "aud": "another.game" }), Refused::Claims),
        (json!({ "aud": ["another.game"] }), Refused::Claims),
        (json!({ "aud": null }), Refused::Claims),
        (json!({ "iss": "https://accounts.google.com" }), Refused::Claims),
        (json!({ "iss": "https://appleid.apple.com.evil.example" }), Refused::Claims),
        (json!({ "iss": null }), Refused::Claims),
        (json!({ "sub": null }), Refused::Claims),
        (json!({ "sub": "" }), Refused::Claims),
        (json!({ "sub": 7 }), Refused::Claims),
        (json!({ "exp": at(Duration::seconds(-1)) }), Refused::Time),
        (json!({ "exp": null }), Refused::Claims),
        (json!({ "iat": at(Duration::minutes(2)) }), Refused::Time),
        // It would have to be remembered for ever.
        (json!({ "exp": at(Duration::days(3)) }), Refused::Time),
        (json!({ "nonce": given("another-nonce-of-somebody") }), Refused::Nonce),
        (json!({ "nonce": NONCE }), Refused::Nonce),
        (json!({ "nonce": null }), Refused::Nonce),
        (json!({ "nonce": "" }), Refused::Nonce),
    ] {
        let token = stage.sign(Provider::Apple, with.clone());
        assert_eq!(stage.refusal(&token).await, Some(refused), "{with}");
    }
    // A good token of the other provider, and a token that Google gives to a server.
    let googles = stage.sign(Provider::Google, json!({}));
    assert_eq!(stage.refusal(&googles).await, Some(Refused::Key));
    let push = stage.store.google_keys().push_token(|_| {}).unwrap();
    let pushed = stage.google.identify(&shown(push), now()).await.unwrap_err();
    assert!(matches!(pushed, TokenError::Refused(Refused::Claims)), "{pushed}");
}

/// The parts of a token, with another header, signed by `sign`.
fn resigned(token: &str, header: &Value, sign: impl FnOnce(&str) -> String) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let signed = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header.to_string()));
    let signature = sign(&signed);
    format!("{signed}.{signature}")
}

#[tokio::test]
async fn no_other_signature_is_believed() {
    let stage = Stage::open().await;
    let good = stage.sign(Provider::Apple, json!({}));
    assert_eq!(stage.refusal(&good).await, None);
    let kid = "test-apple-identity";

    for alg in ["none", "None", "NONE"] {
        let header = json!({ "alg": alg, "kid": kid });
        let unsigned = resigned(&good, &header, |_| String::new());
        assert_eq!(stage.refusal(&unsigned).await, Some(Refused::Form), "{alg}");
    }

    // The public key, which everybody has, as the secret of an HMAC.
    let public = stage.store.identity_keys().published(Provider::Apple).unwrap();
    for secret in [public["n"].as_str().unwrap().to_owned(), public.to_string()] {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
        let claims = payload(&good);
        let forged = encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes()));
        assert_eq!(stage.refusal(&forged.unwrap()).await, Some(Refused::Form));
    }

    // Somebody else's key under the same name.
    let stranger = IdentityKeys::make().unwrap();
    let forged = stranger.sign(&sign_in(Provider::Apple, json!({}))).unwrap();
    assert_eq!(stage.refusal(&forged).await, Some(Refused::Claims));

    // The good signature on other words, and words that are no token.
    let (head, signature) = good.rsplit_once('.').unwrap();
    let mut other = payload(&good);
    other["sub"] = json!("somebody-else");
    let head = head.split('.').next().unwrap();
    let changed = format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(other.to_string()));
    assert_eq!(stage.refusal(&changed).await, Some(Refused::Claims));
    for nonsense in ["a", "a.b.c", "...", "e30.e30.e30"] {
        assert_eq!(stage.refusal(nonsense).await, Some(Refused::Form), "{nonsense}");
    }
    // No key is named, so none can be chosen.
    let nameless = resigned(&good, &json!({ "alg": "RS256" }), |_| signature.to_owned());
    assert_eq!(stage.refusal(&nameless).await, Some(Refused::Form));
}

fn payload(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_a_minute_and_a_known_one_once_an_hour() {
    let store = Arc::new(Store::open("http://nowhere.example", None).unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let key_set = json!({ "keys": [store.identity_keys().published(Provider::Apple).unwrap()] });
    let routes = axum::Router::new().fallback({
        let asked = Arc::clone(&asked);
        async move || {
            asked.fetch_add(1, Ordering::Relaxed);
            key_set.to_string()
        }
    });
    let identities = apple_at(routes).await;

    let good = store.identity_keys().sign(&sign_in(Provider::Apple, json!({}))).unwrap();
    let foreign = store.identity_keys().sign(&sign_in(Provider::Google, json!({}))).unwrap();
    let begin = now();
    for (seconds, token, count) in [
        (0, &good, 1),
        (1, &good, 1),
        (2, &foreign, 1), // it was asked two seconds ago
        (59, &foreign, 1),
        (61, &foreign, 2),
        (62, &foreign, 2),
        (90, &good, 2),
    ] {
        let _ = identities.identify(&shown(token), begin + Duration::seconds(seconds)).await;
        assert_eq!(asked.load(Ordering::Relaxed), count, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_is_asked_again_after_ten_seconds_and_known_keys_go_on() {
    let store = Arc::new(Store::open("http://nowhere.example", None).unwrap());
    let (asked, is_down) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
    let key_set = json!({ "keys": [store.identity_keys().published(Provider::Apple).unwrap()] });
    let routes = axum::Router::new().fallback({
        let (asked, is_down) = (Arc::clone(&asked), Arc::clone(&is_down));
        async move || {
            asked.fetch_add(1, Ordering::Relaxed);
            let status = if is_down.load(Ordering::Relaxed) { 503 } else { 200 };
            (axum::http::StatusCode::from_u16(status).unwrap(), key_set.to_string())
        }
    });
    let identities = apple_at(routes).await;

    let good = store.identity_keys().sign(&sign_in(Provider::Apple, json!({}))).unwrap();
    let foreign = store.identity_keys().sign(&sign_in(Provider::Google, json!({}))).unwrap();
    let begin = now();
    for (seconds, down, token, count, is_believed) in [
        (0, true, &good, 1, false),
        (1, true, &good, 1, false),
        (9, false, &good, 1, false), // nobody has asked whether it is back
        (10, true, &good, 2, false),
        (20, false, &good, 3, true),
        (90, true, &foreign, 4, false),
        (91, true, &foreign, 4, false),
        (92, true, &good, 4, true), // it was seen a minute ago
    ] {
        is_down.store(down, Ordering::Relaxed);
        let at = begin + Duration::seconds(seconds);
        let answer = identities.identify(&shown(token), at).await;
        assert_eq!(asked.load(Ordering::Relaxed), count, "after {seconds} s");
        if is_believed {
            assert!(answer.is_ok(), "after {seconds} s");
        } else {
            assert!(matches!(answer, Err(TokenError::Keys(_))), "after {seconds} s");
        }
    }
}

#[tokio::test]
async fn without_the_keys_nobody_is_believed_and_nobody_is_refused_for_good() {
    // Nobody listens on port 1 of a loopback address.
    let store = Store::open("http://nowhere.example", None).unwrap();
    let token = store.identity_keys().sign(&sign_in(Provider::Apple, json!({}))).unwrap();
    let error = apple("http://127.0.0.1:1").identify(&shown(token), now()).await.unwrap_err();
    assert!(matches!(error, TokenError::Keys(_)), "{error}");
}

#[test]
fn what_has_not_the_form_of_a_token_or_of_a_nonce_is_not_read() {
    let long = "a".repeat(4097);
    for (token, nonce, field) in [
        ("a.b.c", NONCE, None),
        ("", NONCE, Some("identity_token")),
        ("a b", NONCE, Some("identity_token")),
        (&long, NONCE, Some("identity_token")),
        ("a.b.c", "short", Some("nonce")),
        ("a.b.c", "a nonce with blanks", Some("nonce")),
        ("a.b.c", &long, Some("nonce")),
    ] {
        let read = Shown::new(token.to_owned(), nonce.to_owned());
        assert_eq!(read.err().map(|(field, _)| field), field, "{token} {nonce}");
    }
}
