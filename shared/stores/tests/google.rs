//! What claims to be a push of Google's: each token and each message, and whether it is
//! believed. Keys are asked for at the test store, as at Google.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tenjo_domain::TransactionId;
use tenjo_stores::google::{Happening, PublisherKeys, Push, PushError};
use tenjo_test_store::{GOOGLE_PACKAGE_NAME, PUSH_AUDIENCE, PUSH_EMAIL, Store, app};
use time::{Duration, OffsetDateTime};

fn now() -> OffsetDateTime {
    #[expect(clippy::disallowed_methods, reason = "the tokens are dated by it")]
    OffsetDateTime::now_utc()
}

/// A store on this machine, and who believes its pushes.
async fn stage() -> (Arc<Store>, PublisherKeys) {
    let listener = tenjo_aws_json::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let store = Arc::new(Store::open(&url, None).unwrap());
    tokio::spawn(tenjo_aws_json::serve(listener, app(Arc::clone(&store))));
    let keys = PublisherKeys::new(&format!("{url}/certs"), PUSH_AUDIENCE, PUSH_EMAIL);
    (store, keys)
}

/// Spoils the claims of a token that Google signs.
type Spoil = fn(&mut Value);

fn take(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name).unwrap();
}

/// Anybody who has an account of Google's can have a token signed for any audience.
#[tokio::test]
async fn only_the_account_that_pushes_for_this_app_is_believed() {
    let (store, keys) = stage().await;
    let good = store.google_keys().push_token(|_| {}).unwrap();
    keys.check(&good, now()).await.unwrap();
    let spoiled: [(&str, Spoil); 12] = [
        ("no address", |it| take(it, "email")),
        ("an address that is null", |it| it["email"] = Value::Null),
        ("an empty address", |it| it["email"] = json!("")),
        ("another account of Google's", |it| {
            it["email"] = json!("push@another.iam.gserviceaccount.com");
        }),
        ("an address that ends alike", |it| it["email"] = json!(format!("x{PUSH_EMAIL}"))),
        ("an address in capitals", |it| it["email"] = json!(PUSH_EMAIL.to_uppercase())),
        ("an address that is not verified", |it| it["email_verified"] = json!(false)),
        ("an address of which nobody says so", |it| take(it, "email_verified")),
        ("an address that is verified in words", |it| it["email_verified"] = json!("true")),
        ("for another audience", |it| it["aud"] = json!("another-game")),
        ("of another issuer", |it| it["iss"] = json!("https://accounts.google.com.example")),
        ("expired", |it| it["exp"] = json!((now() - Duration::SECOND).unix_timestamp())),
    ];
    for (name, spoil) in spoiled {
        let token = store.google_keys().push_token(spoil).unwrap();
        let refused = keys.check(&token, now()).await;
        assert!(matches!(refused, Err(PushError::Stranger)), "{name}: {refused:?}");
    }
    for token in ["", "x", "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.c2ln"] {
        let refused = keys.check(token, now()).await;
        assert!(matches!(refused, Err(PushError::Stranger)), "{token}: {refused:?}");
    }
}

const TOKEN: &str = "opaque-token.1";

/// A notification of this app, with something in it.
fn notification(with: &Value) -> Value {
    let mut notification = json!({
        "version": "1.0",
        "packageName": GOOGLE_PACKAGE_NAME,
        "eventTimeMillis": "1788000000123",
    });
    for (name, value) in with.as_object().unwrap() {
        notification[name] = value.clone();
    }
    notification
}

fn read(notification: &Value) -> Result<Push, PushError> {
    Push::read(&STANDARD.encode(notification.to_string()), "1234567890", GOOGLE_PACKAGE_NAME)
}

fn one_time(kind: i32) -> Value {
    json!({ "oneTimeProductNotification": {
        "version": "1.0", "notificationType": kind, "purchaseToken": TOKEN, "sku": "gems_60",
    } })
}

fn voided(product_type: i32) -> Value {
    json!({ "voidedPurchaseNotification": {
        "purchaseToken": TOKEN, "orderId": "GPA.1", "productType": product_type, "refundType": 1,
    } })
}

#[test]
fn what_is_no_purchase_of_gems_moves_none() {
    let token = || TransactionId::new(TOKEN).unwrap();
    let at = OffsetDateTime::from_unix_timestamp_nanos(1_788_000_000_123_000_000).unwrap();
    let subscription = json!({ "subscriptionNotification": {
        "version": "1.0", "notificationType": 4, "purchaseToken": TOKEN, "subscriptionId": "pass",
    } });
    for (with, kind, happening) in [
        (one_time(1), "bought", Happening::Bought(token(), "gems_60".to_owned())),
        // Cancelled before it was paid.
        (one_time(2), "cancelled", Happening::Nothing),
        (one_time(3), "cancelled", Happening::Nothing),
        (voided(2), "voided", Happening::Voided(token(), at)),
        (voided(1), "voided_subscription", Happening::Nothing),
        (voided(0), "voided_subscription", Happening::Nothing),
        (subscription, "other", Happening::Nothing),
        (json!({ "testNotification": { "version": "1.0" } }), "other", Happening::Nothing),
        (json!({ "unheardOfNotification": {} }), "other", Happening::Nothing),
    ] {
        let push = read(&notification(&with)).unwrap_or_else(|error| panic!("{with}: {error}"));
        assert_eq!((push.kind, &push.happening), (kind, &happening), "{with}");
        assert_eq!(push.notification_id, "1234567890");
    }
}

#[test]
fn what_is_of_another_app_or_half_a_message_is_refused() {
    let good = notification(&voided(2));
    for (name, with) in [
        ("of another app", json!({ "packageName": "game.another" })),
        ("of an app that is called alike", json!({ "packageName": "game.tenjo.beta" })),
        ("of the app in capitals", json!({ "packageName": "Game.Tenjo" })),
        ("of no app", json!({ "packageName": null })),
        ("without a time", json!({ "eventTimeMillis": null })),
        ("at a time that is none", json!({ "eventTimeMillis": "soon" })),
        ("at a time that no calendar has", json!({ "eventTimeMillis": "99999999999999999" })),
        (
            "a token with a blank",
            json!({ "voidedPurchaseNotification": {
            "purchaseToken": "a b", "productType": 2,
        } }),
        ),
        ("without a token", json!({ "voidedPurchaseNotification": { "productType": 2 } })),
        ("without its kind", json!({ "voidedPurchaseNotification": { "purchaseToken": TOKEN } })),
    ] {
        let mut bad = good.clone();
        for (field, value) in with.as_object().unwrap() {
            bad[field] = value.clone();
        }
        let refused = read(&bad);
        assert!(matches!(refused, Err(PushError::NotOurs)), "{name}: {refused:?}");
    }
    let data = STANDARD.encode(good.to_string());
    let long = "1".repeat(65);
    for (data, id) in [
        (data.as_str(), ""),
        (&data, "1 2"),
        (&data, long.as_str()),
        ("not base64!", "1"),
        (&STANDARD.encode("not JSON"), "1"),
        (&STANDARD.encode("[]"), "1"),
    ] {
        let refused = Push::read(data, id, GOOGLE_PACKAGE_NAME);
        assert!(matches!(refused, Err(PushError::NotOurs)), "{id:?} {data}: {refused:?}");
    }
}
