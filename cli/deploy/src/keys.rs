//! Keys, passwords and certificates, and the public halves that others are given.

use anyhow::Context;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use x509_cert::der::Decode;

use crate::aws::{now, unix_now};
use crate::secret::Secret;

/// As long as a certificate of the data planes is good.
const CERTIFICATE_DAYS: i64 = 1095;
/// Konnect's clock may be behind ours.
const BEFORE: Duration = Duration::hours(1);

/// What names an account that does not exist.
const UNKNOWN: &str = "none";

/// 256 random bits, in characters that need no quoting anywhere.
pub(crate) fn random() -> Secret {
    Secret::new(hex::encode(rand::random::<[u8; 32]>()))
}

/// A password of a database user.
pub(crate) fn password() -> Secret {
    Secret::new(hex::encode(rand::random::<[u8; 24]>()))
}

/// A key that signs access tokens: ES256, PKCS#8, PEM.
pub(crate) fn signing_key() -> anyhow::Result<Secret> {
    Ok(Secret::new(p256::SecretKey::generate().to_pkcs8_pem(LineEnding::LF)?.as_str()))
}

/// The key file of a Google service account that Google does not know, so that the
/// functions start before the game sells.
pub(crate) fn unknown_service_account() -> anyhow::Result<Secret> {
    let key = KeyPair::generate(KeySize::Rsa2048).context("cannot make an RSA key")?;
    let der: Pkcs8V1Der<'_> = key.as_der().context("cannot write an RSA key")?;
    let der = STANDARD.encode(der.as_ref());
    Ok(Secret::new(
        json!({
            "client_email": UNKNOWN,
            "private_key_id": UNKNOWN,
            "private_key": format!(
                "-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n"
            ),
            "token_uri": "https://oauth2.googleapis.com/token",
        })
        .to_string(),
    ))
}

/// Whether a key can sign calls of Apple's API: one of App Store Connect is as a signing
/// key of ours.
pub(crate) fn check_apple_key(key: &Secret) -> anyhow::Result<()> {
    let key = p256::SecretKey::from_pkcs8_pem(key.reveal());
    key.map(drop).context("it is no key of App Store Connect: ES256, PKCS#8, PEM")
}

/// Whether this is the key file of a Google service account.
pub(crate) fn check_service_account(file: &Secret) -> anyhow::Result<()> {
    let check = || {
        let file: Value = serde_json::from_str(file.reveal()).ok()?;
        let named = |name: &str| file[name].as_str().filter(|text| !text.is_empty());
        named("client_email")?;
        named("private_key_id")?;
        let pem = named("private_key")?;
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        KeyPair::from_pkcs8(&STANDARD.decode(der).ok()?).ok()
    };
    check().map(drop).context("it is no key file of a service account, as Google makes it in JSON")
}

/// The public half of a signing key, as a JSON Web Key.
pub(crate) fn public_signing_key(kid: &str, key: &Secret) -> anyhow::Result<Value> {
    let key = p256::SecretKey::from_pkcs8_pem(key.reveal());
    let point = key.context("a signing key is damaged")?.public_key().to_sec1_point(false);
    let x = point.x().context("a public key is not infinite")?;
    let y = point.y().context("the point is not compressed")?;
    Ok(json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    }))
}

/// What is before the 32 secret bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A key that signs receipts of draws: Ed25519, PKCS#8, PEM.
pub(crate) fn receipt_key() -> Secret {
    let der = STANDARD.encode([&ED25519_PKCS8[..], &rand::random::<[u8; 32]>()].concat());
    Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n"))
}

/// The public half of a receipt key, as a JSON Web Key.
pub(crate) fn public_receipt_key(kid: &str, key: &Secret) -> anyhow::Result<Value> {
    let der = key.reveal().lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let der = STANDARD.decode(der).context("a receipt key is damaged")?;
    let secret = der.strip_prefix(&ED25519_PKCS8).and_then(|secret| secret.try_into().ok());
    let secret: [u8; 32] = secret.context("a receipt key is damaged")?;
    let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
    let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    Ok(json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": x}))
}

/// The public half of a signing key as PEM, for Kong.
pub(crate) fn public_pem(key: &Value) -> anyhow::Result<String> {
    /// The beginning of every P-256 public key in DER; the point follows.
    const SPKI: [u8; 26] = [
        0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 3, 1, 7, 3, 0x42, 0,
    ];
    let mut der = SPKI.to_vec();
    der.push(4);
    for half in ["x", "y"] {
        let half = key[half].as_str().context("a public key has two halves")?;
        let half = URL_SAFE_NO_PAD.decode(half).context("a public key is damaged")?;
        anyhow::ensure!(half.len() == 32, "a public key is damaged");
        der.extend(half);
    }
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem += std::str::from_utf8(line)?;
        pem.push('\n');
    }
    Ok(pem + "-----END PUBLIC KEY-----")
}

/// For how many more days a certificate in PEM is good; negative once it has ended.
pub(crate) fn days_left(certificate: &str) -> Option<i64> {
    let der: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
    let read = x509_cert::Certificate::from_der(&STANDARD.decode(der).ok()?).ok()?;
    let ends = read.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
    let left = i64::try_from(ends).ok()? - i64::try_from(unix_now()).ok()?;
    Some(left.div_euclid(24 * 60 * 60))
}

/// What proves to Konnect that a data plane is one of ours.
pub(crate) struct Certificate {
    pub(crate) certificate: Secret,
    pub(crate) key: Secret,
}

impl Certificate {
    /// A new pair, signed by itself: Konnect knows the certificate and no authority.
    pub(crate) fn make(name: &str) -> anyhow::Result<Self> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        let today = OffsetDateTime::from(now());
        parameters.not_before = today - BEFORE;
        parameters.not_after = today + Duration::days(CERTIFICATE_DAYS);
        let certificate = parameters.self_signed(&key)?;
        Ok(Self {
            // Not a secret, but kept where secrets are.
            certificate: Secret::new(certificate.pem()),
            key: Secret::new(key.serialize_pem()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use p256::pkcs8::DecodePublicKey;

    use super::*;

    #[test]
    fn the_public_half_of_a_signing_key_is_that_of_the_private_one() {
        let private = signing_key().unwrap();
        let jwk = public_signing_key("k1", &private).unwrap();
        assert_eq!(jwk["kid"], "k1");
        assert!(jwk.get("d").is_none());
        let from_pem = p256::PublicKey::from_public_key_pem(&public_pem(&jwk).unwrap()).unwrap();
        let of_private = p256::SecretKey::from_pkcs8_pem(private.reveal()).unwrap().public_key();
        assert_eq!(from_pem, of_private);
        assert!(public_signing_key("k1", &Secret::new("no key")).is_err());
    }

    #[test]
    fn the_public_half_of_a_receipt_key_is_that_of_the_private_one() {
        // From RFC 8037, appendix A.
        let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let der = STANDARD.encode([&ED25519_PKCS8[..], &secret].concat());
        let jwk = public_receipt_key("r1", &Secret::new(der)).unwrap();
        assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert!(public_receipt_key("r1", &receipt_key()).is_ok());
        assert!(public_receipt_key("r1", &Secret::new("no key")).is_err());
    }

    #[test]
    fn what_stores_give_is_told_from_other_files() {
        let (apple, google) = (signing_key().unwrap(), unknown_service_account().unwrap());
        check_apple_key(&apple).unwrap();
        check_service_account(&google).unwrap();
        let mut damaged: Value = serde_json::from_str(google.reveal()).unwrap();
        damaged["private_key"] = json!(apple.reveal());
        for wrong in [Secret::new(damaged.to_string()), apple, Secret::new("{}")] {
            assert!(check_service_account(&wrong).is_err());
        }
        for wrong in [google, receipt_key(), Secret::new("")] {
            assert!(check_apple_key(&wrong).is_err());
        }
    }

    #[test]
    fn no_two_secrets_are_alike() {
        let made: BTreeSet<String> = (0..50)
            .map(|at| if at % 2 == 0 { random() } else { password() })
            .map(|secret| secret.reveal().to_owned())
            .collect();
        assert_eq!(made.len(), 50);
    }

    #[test]
    fn a_certificate_is_good_for_years_and_its_key_is_another_each_time() {
        let (one, two) = (Certificate::make("x").unwrap(), Certificate::make("x").unwrap());
        assert!(one.certificate.reveal().starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(one.key.reveal().starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_ne!(one.key.reveal(), two.key.reveal());
        let days = days_left(one.certificate.reveal()).unwrap();
        assert!((CERTIFICATE_DAYS - 1..=CERTIFICATE_DAYS).contains(&days), "{days}");
        assert_eq!(days_left(one.key.reveal()), None);
    }
}
