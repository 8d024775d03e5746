//! Keys, passwords and certificates, and the public halves that others are given.

use anyhow::Context;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    Ok(Secret::new(tenjo_keys::signing_key()?))
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
    anyhow::ensure!(
        tenjo_keys::is_signing_key(key.reveal()),
        "it is no key of App Store Connect: ES256, PKCS#8, PEM"
    );
    Ok(())
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
    Ok(tenjo_keys::public_signing_key(kid, key.reveal())?)
}

/// A key that signs receipts of draws: Ed25519, PKCS#8, PEM.
pub(crate) fn receipt_key() -> Secret {
    Secret::new(tenjo_keys::receipt_key())
}

/// The public half of a receipt key, as a JSON Web Key.
pub(crate) fn public_receipt_key(kid: &str, key: &Secret) -> anyhow::Result<Value> {
    Ok(tenjo_keys::public_receipt_key(kid, key.reveal())?)
}

/// The public half of a signing key as PEM, for Kong. The line break at its end is left out:
/// decK compares texts, and a gateway that was set up without it would be changed for nothing.
pub(crate) fn public_pem(key: &Value) -> anyhow::Result<String> {
    Ok(tenjo_keys::public_pem(key)?.trim_end().to_owned())
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

    use super::*;

    #[test]
    fn the_gateway_is_given_a_public_key_without_a_line_break_at_its_end() {
        let key = public_signing_key("k1", &signing_key().unwrap()).unwrap();
        let pem = public_pem(&key).unwrap();
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{pem}");
        assert!(pem.ends_with("\n-----END PUBLIC KEY-----"), "{pem}");
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
