//! What claims to be Apple's: each input, and whether it is believed. The good ones are
//! signed by an authority with the shape of Apple's; `chain.rs` has Apple's own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tenjo_certificates::Roots;
use tenjo_domain::{StoreChange, StoreEnvironment};
use tenjo_stores::apple::{AppleVerifier, NotificationEffect, ReceiptError};
use tenjo_test_store::{Authority, Marks, Plan, Validity, millis};
use time::{Duration, OffsetDateTime};

static APPLE: LazyLock<Authority> = LazyLock::new(|| Authority::make(Plan::GOOD).unwrap());

/// Another authority of the same shape, whose root nobody trusts.
static STRANGER: LazyLock<Authority> = LazyLock::new(|| Authority::make(Plan::GOOD).unwrap());

const BUNDLE: &str = "game.tenjo";

fn now() -> OffsetDateTime {
    static NOW: LazyLock<OffsetDateTime> = LazyLock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "the certificates are dated by it")]
        OffsetDateTime::now_utc()
    });
    *NOW
}

fn verifier() -> AppleVerifier {
    AppleVerifier::new(Roots::read(&APPLE.root_pem).unwrap(), BUNDLE)
}

/// The payload of a good transaction.
fn payload() -> Value {
    let at = millis(now() - Duration::minutes(1));
    json!({
        "transactionId": "2000000123456789",
        "originalTransactionId": "2000000123456789",
        "bundleId": BUNDLE,
        "productId": "game.tenjo.gems60",
        "purchaseDate": at,
        "quantity": 1,
        "type": "Consumable",
        "inAppOwnershipType": "PURCHASED",
        "signedDate": at,
        "environment": "Production",
        "price": 160_000,
        "currency": "JPY",
        "appAccountToken": "5cdca3eb-0087-4e51-a01b-c1daae46db29",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut payload = payload();
    payload[name] = value;
    payload
}

fn without(name: &str) -> Value {
    let mut payload = payload();
    payload.as_object_mut().unwrap().remove(name).unwrap();
    payload
}

fn signed(payload: &Value) -> String {
    APPLE.sign(payload).unwrap()
}

/// Signed by an authority that a plan describes; returns the verifier that trusts it.
fn by(plan: Plan) -> (AppleVerifier, String) {
    let authority = Authority::make(plan).unwrap();
    let verifier = AppleVerifier::new(Roots::read(&authority.root_pem).unwrap(), BUNDLE);
    (verifier, authority.sign(&payload()).unwrap())
}

/// The three parts of a good one, with one of them replaced.
fn spoilt(part: usize, change: impl FnOnce(&str) -> String) -> String {
    let good = signed(&payload());
    let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    parts[part] = change(&parts[part]);
    parts.join(".")
}

fn header(header: &Value) -> String {
    spoilt(0, |_| URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn each_input_has_its_answer() {
    use ReceiptError::{
        Incomplete, NotConsumable, NotSigned, OtherApp, Signature, Stale, Untrusted,
    };
    let stranger = |payload: &Value| STRANGER.sign(payload).unwrap();
    let mixed = |chain: [&String; 3]| {
        APPLE.sign_with_chain(&payload(), chain.map(Clone::clone).into()).unwrap()
    };
    let [leaf, intermediate, root]: [String; 3] = APPLE.chain.clone().try_into().unwrap();
    let [their_leaf, their_intermediate, their_root]: [String; 3] =
        STRANGER.chain.clone().try_into().unwrap();
    let twice = |field: &str| {
        // serde_json writes a field once, so the second one goes into the text.
        let text = payload().to_string();
        let text = format!("{},{field}}}", &text[..text.len() - 1]);
        APPLE.sign(&RawValue::from_string(text).unwrap()).unwrap()
    };
    let later = |by: Duration| with("signedDate", json!(millis(now() + by)));
    let table: Vec<(&str, String, Result<(), ReceiptError>)> = vec![
        // Good.
        ("good", signed(&payload()), Ok(())),
        ("of the sandbox", signed(&with("environment", json!("Sandbox"))), Ok(())),
        (
            "a token in capitals",
            signed(&with("appAccountToken", json!("5CDCA3EB-0087-4E51-A01B-C1DAAE46DB29"))),
            Ok(()),
        ),
        ("no account token", signed(&without("appAccountToken")), Ok(())),
        ("revoked", signed(&with("revocationDate", json!(millis(now())))), Ok(())),
        ("fields that came later", signed(&with("somethingNew", json!({ "a": null }))), Ok(())),
        ("a price of nothing", signed(&with("price", json!(0))), Ok(())),
        ("signed two minutes ahead", signed(&later(Duration::minutes(2))), Ok(())),
        ("signed half a year ago", signed(&later(-Duration::days(190))), Ok(())),
        // Not signed as Apple signs.
        ("empty", String::new(), Err(NotSigned)),
        ("not a JWS", "receipt".to_owned(), Err(NotSigned)),
        ("an old receipt in base64", "MIIT0QYJKoZIhvcNAQcCoIITwjCC".to_owned(), Err(NotSigned)),
        ("two parts", "a.b".to_owned(), Err(NotSigned)),
        ("without an algorithm", header(&json!({ "x5c": APPLE.chain })), Err(NotSigned)),
        ("algorithm none", header(&json!({ "alg": "none", "x5c": APPLE.chain })), Err(NotSigned)),
        ("algorithm HS256", header(&json!({ "alg": "HS256", "x5c": APPLE.chain })), Err(NotSigned)),
        ("algorithm RS256", header(&json!({ "alg": "RS256", "x5c": APPLE.chain })), Err(NotSigned)),
        ("without certificates", header(&json!({ "alg": "ES256" })), Err(NotSigned)),
        (
            "its own key in the header",
            header(
                &json!({ "alg": "ES256", "jwk": { "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" } }),
            ),
            Err(NotSigned),
        ),
        ("a header that is no JSON", spoilt(0, |_| "AAAA".to_owned()), Err(NotSigned)),
        // Chains.
        ("an authority that nobody trusts", stranger(&payload()), Err(Untrusted)),
        (
            "a strange leaf below our intermediate",
            mixed([&their_leaf, &intermediate, &root]),
            Err(Untrusted),
        ),
        ("a strange intermediate", mixed([&leaf, &their_intermediate, &root]), Err(Untrusted)),
        ("a strange root", mixed([&leaf, &intermediate, &their_root]), Err(Untrusted)),
        (
            "our root with their chain",
            mixed([&their_leaf, &their_intermediate, &root]),
            Err(Untrusted),
        ),
        ("in the wrong order", mixed([&root, &intermediate, &leaf]), Err(Untrusted)),
        (
            "no intermediate",
            APPLE.sign_with_chain(&payload(), vec![leaf.clone(), root.clone()]).unwrap(),
            Err(Untrusted),
        ),
        (
            "one certificate",
            APPLE.sign_with_chain(&payload(), vec![leaf.clone()]).unwrap(),
            Err(Untrusted),
        ),
        ("no certificates", APPLE.sign_with_chain(&payload(), vec![]).unwrap(), Err(Untrusted)),
        (
            "four certificates",
            APPLE
                .sign_with_chain(
                    &payload(),
                    vec![leaf.clone(), intermediate.clone(), root.clone(), root.clone()],
                )
                .unwrap(),
            Err(Untrusted),
        ),
        (
            "half a certificate",
            mixed([&leaf[..200].to_owned(), &intermediate, &root]),
            Err(Untrusted),
        ),
        (
            "a certificate that is none",
            mixed([&"AAAA".to_owned(), &intermediate, &root]),
            Err(Untrusted),
        ),
        // Signatures.
        ("another signature", spoilt(2, |_| URL_SAFE_NO_PAD.encode([1; 64])), Err(Signature)),
        ("half a signature", spoilt(2, |text| text[..40].to_owned()), Err(Signature)),
        ("no signature", spoilt(2, |_| String::new()), Err(Signature)),
        ("a signature of zeros", spoilt(2, |_| URL_SAFE_NO_PAD.encode([0; 64])), Err(Signature)),
        (
            "our chain over their signature",
            STRANGER.sign_with_chain(&payload(), APPLE.chain.clone()).unwrap(),
            Err(Signature),
        ),
        (
            "another payload below the signature",
            spoilt(1, |_| {
                URL_SAFE_NO_PAD.encode(with("productId", json!("game.tenjo.gems3600")).to_string())
            }),
            Err(Signature),
        ),
        ("a field twice", twice(r#""quantity":1"#), Err(Incomplete)),
        ("signedDate twice", twice(r#""signedDate":1"#), Err(Incomplete)),
        // Payloads.
        ("not JSON", spoilt(1, |_| "AAAA".to_owned()), Err(Incomplete)),
        ("a list", signed(&json!([])), Err(Incomplete)),
        ("no date of signing", signed(&without("signedDate")), Err(Incomplete)),
        (
            "a date of signing that is none",
            signed(&with("signedDate", json!("today"))),
            Err(Incomplete),
        ),
        ("no transaction id", signed(&without("transactionId")), Err(Incomplete)),
        ("an empty transaction id", signed(&with("transactionId", json!(""))), Err(Incomplete)),
        (
            "a transaction id with blanks",
            signed(&with("transactionId", json!("1 2"))),
            Err(Incomplete),
        ),
        (
            "a transaction id that is a number",
            signed(&with("transactionId", json!(2))),
            Err(Incomplete),
        ),
        ("no product", signed(&without("productId")), Err(Incomplete)),
        ("no date of purchase", signed(&without("purchaseDate")), Err(Incomplete)),
        ("no quantity", signed(&without("quantity")), Err(Incomplete)),
        ("a negative quantity", signed(&with("quantity", json!(-1))), Err(Incomplete)),
        ("no price", signed(&without("price")), Err(Incomplete)),
        ("a negative price", signed(&with("price", json!(-1))), Err(Incomplete)),
        ("a price that is too great", signed(&with("price", json!(i64::MAX))), Err(Incomplete)),
        ("no currency", signed(&without("currency")), Err(Incomplete)),
        ("a currency that is none", signed(&with("currency", json!("yen"))), Err(Incomplete)),
        (
            "an account token that is none",
            signed(&with("appAccountToken", json!("ann"))),
            Err(Incomplete),
        ),
        ("an environment of Xcode", signed(&with("environment", json!("Xcode"))), Err(Incomplete)),
        ("no environment", signed(&without("environment")), Err(Incomplete)),
        // Times.
        ("signed in an hour", signed(&later(Duration::hours(1))), Err(Stale)),
        ("signed a year ago", signed(&later(-Duration::days(365))), Err(Stale)),
        ("signed in 1970", signed(&with("signedDate", json!(0))), Err(Stale)),
        // Apps and kinds.
        ("another app", signed(&with("bundleId", json!("game.other"))), Err(OtherApp)),
        ("no app", signed(&without("bundleId")), Err(Incomplete)),
        (
            "a subscription",
            signed(&with("type", json!("Auto-Renewable Subscription"))),
            Err(NotConsumable),
        ),
        (
            "something that is kept",
            signed(&with("type", json!("Non-Consumable"))),
            Err(NotConsumable),
        ),
        (
            "shared by the family",
            signed(&with("inAppOwnershipType", json!("FAMILY_SHARED"))),
            Err(NotConsumable),
        ),
    ];
    assert!(table.len() >= 60, "{}", table.len());
    let verifier = verifier();
    let mut wrong = Vec::new();
    for (name, input, expected) in &table {
        let found = verifier.transaction(input, now()).map(|_| ());
        if found != *expected {
            wrong.push(format!("{name}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_chain_of_another_make_is_refused_although_its_root_is_trusted() {
    for (name, plan, good) in [
        ("as Apple's", Plan::GOOD, true),
        ("an expired signer", Plan { signer: Validity(-300, -1), ..Plan::GOOD }, false),
        ("a signer from tomorrow", Plan { signer: Validity(1, 300), ..Plan::GOOD }, false),
        ("an expired intermediate", Plan { intermediate: Validity(-300, -1), ..Plan::GOOD }, false),
        (
            "an intermediate from tomorrow",
            Plan { intermediate: Validity(1, 300), ..Plan::GOOD },
            false,
        ),
        ("no mark on the signer", Plan { marks: Marks::NoSigner, ..Plan::GOOD }, false),
        ("no mark on the intermediate", Plan { marks: Marks::NoIntermediate, ..Plan::GOOD }, false),
        (
            "an intermediate that may not sign",
            Plan { intermediate_is_ca: false, ..Plan::GOOD },
            false,
        ),
    ] {
        let (verifier, signed) = by(plan);
        let found = verifier.transaction(&signed, now());
        let expected = if good { Ok(()) } else { Err(ReceiptError::Untrusted) };
        assert_eq!(found.map(|_| ()), expected, "{name}");
    }
}

#[test]
fn a_transaction_is_read_as_apple_wrote_it() {
    let at = now() - Duration::minutes(1);
    let read = verifier().transaction(&signed(&payload()), now()).unwrap();
    assert_eq!(read.transaction_id.as_str(), "2000000123456789");
    assert_eq!(read.environment, StoreEnvironment::Production);
    assert_eq!(read.store_product_id, "game.tenjo.gems60");
    assert_eq!((read.price.amount.get(), read.price.currency.as_str()), (160_000_000, "JPY"));
    assert_eq!(millis(read.purchased_at), millis(at));
    assert_eq!(read.revoked_at, None);
    let token = read.account_token.unwrap().to_string();
    assert_eq!(token, "5cdca3eb-0087-4e51-a01b-c1daae46db29");
}

/// A notification of Apple's with a transaction inside.
fn notification(kind: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut notification = json!({
        "notificationType": kind,
        "notificationUUID": "002e14d5-51f5-4503-b5a8-c3a1af68eb20",
        "version": "2.0",
        "signedDate": millis(now()),
        "data": {
            "bundleId": BUNDLE,
            "environment": "Production",
            "signedTransactionInfo": signed(&payload()),
        },
    });
    change(&mut notification);
    signed(&notification)
}

#[test]
fn each_notification_has_its_effect_or_is_refused() {
    use ReceiptError::{Incomplete, NotSigned, OtherApp, Untrusted};
    #[derive(Debug, PartialEq)]
    enum Effect {
        Nothing,
        Bought,
        Changed(StoreChange),
    }
    use Effect::{Bought, Changed, Nothing};
    let of_stranger = STRANGER.sign(&payload()).unwrap();
    let set = |pointer: &'static str, value: Value| {
        move |notification: &mut Value| *notification.pointer_mut(pointer).unwrap() = value
    };
    for (name, input, expected) in [
        ("a purchase", notification("ONE_TIME_CHARGE", |_| {}), Ok(Bought)),
        ("a refund", notification("REFUND", |_| {}), Ok(Changed(StoreChange::Revoked))),
        ("a revocation", notification("REVOKE", |_| {}), Ok(Changed(StoreChange::Revoked))),
        (
            "a reversed refund",
            notification("REFUND_REVERSED", |_| {}),
            Ok(Changed(StoreChange::Restored)),
        ),
        ("a declined refund", notification("REFUND_DECLINED", |_| {}), Ok(Nothing)),
        ("a question about use", notification("CONSUMPTION_REQUEST", |_| {}), Ok(Nothing)),
        ("a subscription", notification("DID_RENEW", |_| {}), Ok(Nothing)),
        ("a word of the future", notification("SOMETHING_NEW", |_| {}), Ok(Nothing)),
        (
            "a test",
            notification("TEST", |it| {
                it.as_object_mut().unwrap().remove("data");
            }),
            Ok(Nothing),
        ),
        (
            "a refund of a subscription",
            notification(
                "REFUND",
                set(
                    "/data/signedTransactionInfo",
                    json!(signed(&with("type", json!("Auto-Renewable Subscription")))),
                ),
            ),
            Ok(Nothing),
        ),
        ("nothing", String::new(), Err(NotSigned)),
        (
            "of a stranger",
            STRANGER.sign(&json!({ "signedDate": millis(now()) })).unwrap(),
            Err(Untrusted),
        ),
        (
            "a transaction of a stranger",
            notification("REFUND", set("/data/signedTransactionInfo", json!(of_stranger))),
            Err(Untrusted),
        ),
        (
            "another app",
            notification("REFUND", set("/data/bundleId", json!("game.other"))),
            Err(OtherApp),
        ),
        (
            "a transaction of another app",
            notification(
                "REFUND",
                set(
                    "/data/signedTransactionInfo",
                    json!(signed(&with("bundleId", json!("game.other")))),
                ),
            ),
            Err(OtherApp),
        ),
        (
            "another environment inside",
            notification("REFUND", set("/data/environment", json!("Sandbox"))),
            Err(Incomplete),
        ),
        (
            "a refund of nothing",
            notification("REFUND", |it| {
                it["data"].as_object_mut().unwrap().remove("signedTransactionInfo");
            }),
            Err(Incomplete),
        ),
        ("no id", notification("REFUND", set("/notificationUUID", json!(""))), Err(Incomplete)),
        (
            "a long id",
            notification("REFUND", set("/notificationUUID", json!("x".repeat(65)))),
            Err(Incomplete),
        ),
        ("a transaction as a notification", signed(&payload()), Err(Incomplete)),
    ] {
        let found = verifier().notification(&input, now()).map(|read| match read.effect {
            NotificationEffect::Nothing => Nothing,
            NotificationEffect::Bought(..) => Bought,
            NotificationEffect::Changed(_, _, change, _) => Changed(change),
        });
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_notification_is_no_transaction() {
    let found = verifier().transaction(&notification("REFUND", |_| {}), now());
    assert_eq!(found.map(|_| ()), Err(ReceiptError::Incomplete));
}
