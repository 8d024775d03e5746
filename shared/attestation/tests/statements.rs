//! What is to attest a device: each statement, and whether it is believed. Devices, Apple's
//! authority and Google are those of the test store; `apple.rs` has Apple's own example.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use serde_json::{Value, json};
use tenjo_attestation::{AppAttest, AttestationError, PlayIntegrity, Refused};
use tenjo_certificates::Roots;
use tenjo_domain::AppAttestEnvironment;
use tenjo_google::ServiceAccount;
use tenjo_test_store::{
    APPLE_APP_ID, AppAttestAuthority, AppleAttestation, GOOGLE_PACKAGE_NAME, GoogleAttestation,
    Store, attested_nonce, millis, on_free_port,
};
use time::{Duration, OffsetDateTime};

const CHALLENGE: &str = "a-challenge-of-ours";

fn now() -> OffsetDateTime {
    #[expect(clippy::disallowed_methods, reason = "the statements are dated by it")]
    OffsetDateTime::now_utc()
}

fn believes(apple: &AppAttestAuthority, environment: AppAttestEnvironment) -> AppAttest {
    AppAttest::new(Roots::read(&apple.root_pem).unwrap(), &["another", APPLE_APP_ID], environment)
}

/// What is said of a statement that this makes.
fn verdict(
    apple: &AppAttestAuthority,
    environment: AppAttestEnvironment,
    attestation: &AppleAttestation,
    challenge: &str,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    let statement = apple.attest(attestation).unwrap();
    let hash = AppAttestAuthority::hash(challenge);
    believes(apple, environment).verify(&statement, &hash, at)
}

#[test]
fn a_statement_of_apples_is_of_this_app_this_challenge_this_environment_and_now() {
    use AppAttestEnvironment::{Development, Production};
    let apple = AppAttestAuthority::make().unwrap();
    let good = || AppleAttestation::of(CHALLENGE);
    for (name, attestation, environment, outcome) in [
        ("good", good(), Production, Ok(())),
        (
            "of Xcode, where that is wanted",
            AppleAttestation { is_development: true, ..good() },
            Development,
            Ok(()),
        ),
        (
            "of Xcode",
            AppleAttestation { is_development: true, ..good() },
            Production,
            Err(Refused::Environment),
        ),
        ("of the store, at developers'", good(), Development, Err(Refused::Environment)),
        (
            "another app",
            AppleAttestation { app_id: "TEAM123456.another.game".to_owned(), ..good() },
            Production,
            Err(Refused::App),
        ),
        (
            "the same bundle of another team",
            AppleAttestation { app_id: "TEAM654321.game.tenjo".to_owned(), ..good() },
            Production,
            Err(Refused::App),
        ),
        (
            "another root",
            AppleAttestation { by_a_stranger: true, ..good() },
            Production,
            Err(Refused::Untrusted),
        ),
        (
            "an expired certificate",
            AppleAttestation { valid: (-4, -1), ..good() },
            Production,
            Err(Refused::Untrusted),
        ),
        (
            "a certificate of tomorrow",
            AppleAttestation { valid: (1, 4), ..good() },
            Production,
            Err(Refused::Untrusted),
        ),
        (
            "a key that was used",
            AppleAttestation { counter: 1, ..good() },
            Production,
            Err(Refused::Counter),
        ),
        (
            "another key",
            AppleAttestation { names_another_key: true, ..good() },
            Production,
            Err(Refused::Key),
        ),
        (
            "another challenge",
            AppleAttestation::of("another-challenge"),
            Production,
            Err(Refused::Challenge),
        ),
    ] {
        let found = verdict(&apple, environment, &attestation, CHALLENGE, now());
        assert_eq!(found, outcome, "{name}");
    }
    let later = now() + Duration::days(3);
    let found = verdict(&apple, Production, &good(), CHALLENGE, later);
    assert_eq!(found, Err(Refused::Untrusted), "three days later");
}

#[test]
fn what_has_not_the_form_of_a_statement_is_not_read() {
    let apple = AppAttestAuthority::make().unwrap();
    let good = apple.attest(&AppleAttestation::of(CHALLENGE)).unwrap();
    let hash = AppAttestAuthority::hash(CHALLENGE);
    let believes = believes(&apple, AppAttestEnvironment::Production);
    assert_eq!(believes.verify(&good, &hash, now()), Ok(()));
    let with = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|it| it == from).unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    for (name, statement) in [
        ("nothing", Vec::new()),
        ("no CBOR", b"not CBOR".to_vec()),
        ("another format", with(b"apple-appattest", b"apple-appattesT")),
        ("no data", with(b"authData", b"authDatA")),
        ("no certificates", with(b"x5c", b"x5C")),
        ("half of it", good[..good.len() / 2].to_vec()),
        ("more after it", [good.as_slice(), b"\0"].concat()),
        // A list in a list in a list, and a text of four billion bytes that is not there.
        ("depth without end", vec![0x81; 100_000]),
        ("a length without end", vec![0x7a, 0xff, 0xff, 0xff, 0xff]),
    ] {
        assert_eq!(believes.verify(&statement, &hash, now()), Err(Refused::Form), "{name}");
    }
}

/// Google on this machine.
struct Stage {
    store: Arc<Store>,
    google: PlayIntegrity,
}

impl Stage {
    async fn open() -> Self {
        let (store, url) = on_free_port().await.unwrap();
        let google = PlayIntegrity::new(account(&store, &url), &url, GOOGLE_PACKAGE_NAME);
        Self { store, google }
    }

    async fn verdict(&self, with: &Value) -> Result<(), Refused> {
        let with = with.as_object().cloned().unwrap_or_default();
        let attestation = GoogleAttestation { challenge: CHALLENGE.to_owned(), with };
        self.check(&self.store.integrity_token(&attestation)).await
    }

    async fn check(&self, token: &str) -> Result<(), Refused> {
        match self.google.verify(token, &attested_nonce(CHALLENGE), now()).await {
            Ok(()) => Ok(()),
            Err(AttestationError::Refused(refused)) => Err(refused),
            Err(error) => panic!("{error}"),
        }
    }
}

fn account(store: &Store, url: &str) -> ServiceAccount {
    ServiceAccount::read(&store.google_keys().service_account(url).to_string()).unwrap()
}

#[tokio::test]
async fn a_verdict_of_googles_is_of_this_app_this_challenge_and_now_and_recognises_both() {
    let stage = Stage::open().await;
    let at = |offset: Duration| millis(now() + offset).to_string();
    let padded = format!("{}=", attested_nonce(CHALLENGE));
    let request = |name: &str, value: Value| json!({ "requestDetails": { name: value } });
    let app = |name: &str, value: Value| json!({ "appIntegrity": { name: value } });
    let device =
        |verdicts: Value| json!({ "deviceIntegrity": { "deviceRecognitionVerdict": verdicts } });
    for (with, outcome) in [
        (json!({}), Ok(())),
        (request("nonce", json!(padded)), Ok(())),
        (device(json!(["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY"])), Ok(())),
        (request("nonce", json!(attested_nonce("another"))), Err(Refused::Challenge)),
        (request("nonce", Value::Null), Err(Refused::Challenge)),
        (request("nonce", json!("")), Err(Refused::Challenge)),
        (request("requestPackageName", json!("another.game")), Err(Refused::App)),
        (app("packageName", json!("another.game")), Err(Refused::App)),
        (request("timestampMillis", json!(at(Duration::minutes(-6)))), Err(Refused::Time)),
        (request("timestampMillis", json!(at(Duration::minutes(2)))), Err(Refused::Time)),
        (request("timestampMillis", json!("soon")), Err(Refused::Time)),
        (app("appRecognitionVerdict", json!("UNRECOGNIZED_VERSION")), Err(Refused::Unrecognised)),
        (app("appRecognitionVerdict", json!("UNEVALUATED")), Err(Refused::Unrecognised)),
        (device(json!(["MEETS_BASIC_INTEGRITY"])), Err(Refused::Unrecognised)),
        (device(json!(["MEETS_VIRTUAL_INTEGRITY"])), Err(Refused::Unrecognised)),
        (device(json!([])), Err(Refused::Unrecognised)),
        (json!({ "deviceIntegrity": null }), Err(Refused::Unrecognised)),
        (json!({ "testingDetails": { "isTestingResponse": true } }), Err(Refused::Environment)),
        (json!({ "testingDetails": { "isTestingResponse": false } }), Ok(())),
    ] {
        assert_eq!(stage.verdict(&with).await, outcome, "{with}");
    }
    assert_eq!(stage.check("never-given").await, Err(Refused::Form));
}

#[tokio::test]
async fn without_google_nobody_is_believed_and_nobody_is_refused_for_good() {
    let stage = Stage::open().await;
    let attestation =
        GoogleAttestation { challenge: CHALLENGE.to_owned(), with: serde_json::Map::default() };
    let token = stage.store.integrity_token(&attestation);
    // Nobody listens on port 1 of a loopback address; and half an answer is none.
    let nowhere = "http://127.0.0.1:1";
    let unreachable = PlayIntegrity::new(account(&stage.store, nowhere), nowhere, "game.tenjo");
    let half = GoogleAttestation {
        challenge: CHALLENGE.to_owned(),
        with: json!({ "requestDetails": null }).as_object().cloned().unwrap(),
    };
    let half = stage.store.integrity_token(&half);
    for (google, token) in [(&unreachable, &token), (&stage.google, &half)] {
        let error = google.verify(token, &attested_nonce(CHALLENGE), now()).await.unwrap_err();
        assert!(matches!(error, AttestationError::Call(_)), "{error}");
    }
}
