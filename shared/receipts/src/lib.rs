//! Receipts: what the server said of a purchase, signed, so that a player can show it
//! to others.
//!
//! A receipt is a JSON Web Signature (RFC 7515) in its compact form, by Ed25519 (RFC
//! 8037). Its payload is the text of a record, to the byte. The same record and key
//! always give the same receipt, because Ed25519 has no randomness.
//!
//! Only `request-draw` builds this crate, of all functions, so only it can sign one.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use tenjo_proof::ReceiptKey;
use tenjo_settings::{ExposeSecret, SettingError, Settings};

const SIGNING_KEY: &str = "TENJO_RECEIPT_SIGNING_KEY";
const SIGNING_KID: &str = "TENJO_RECEIPT_SIGNING_KID";

/// Keeps receipts apart from any other token.
const TYPE: &str = "tenjo-receipt";

/// The header of a receipt.
#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Signs receipts.
pub struct ReceiptSigner {
    /// The header and the point after it.
    begun: String,
    key: EncodingKey,
}

impl ReceiptSigner {
    /// Reads the private key and its name.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let pem = settings.secret(SIGNING_KEY, 1)?;
        Self::new(pem.expose_secret(), settings.text(SIGNING_KID)?)
            .ok_or_else(|| SettingError::new(SIGNING_KEY, "must be an Ed25519 key in PKCS#8 PEM"))
    }

    /// Signs with an Ed25519 key in PKCS#8 PEM; `None` if it is something else.
    #[must_use]
    pub fn new(pem: &str, kid: &str) -> Option<Self> {
        let header = Header { alg: "EdDSA".to_owned(), kid: kid.to_owned(), typ: TYPE.to_owned() };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
        let key = EncodingKey::from_ed_pem(pem.as_bytes()).ok()?;
        let signer = Self { begun: format!("{header}."), key };
        signer.sign("").is_ok().then_some(signer)
    }

    /// The receipt of a record with this text.
    ///
    /// # Errors
    /// When signing fails, which it never does with a good key.
    pub fn sign(&self, record: &str) -> Result<String, jsonwebtoken::errors::Error> {
        let mut receipt = self.begun.clone();
        URL_SAFE_NO_PAD.encode_string(record, &mut receipt);
        let signature =
            jsonwebtoken::crypto::sign(receipt.as_bytes(), &self.key, Algorithm::EdDSA)?;
        receipt.push('.');
        receipt.push_str(&signature);
        Ok(receipt)
    }
}

/// Why a receipt proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    /// It is not a receipt.
    #[error("it is no receipt")]
    Form,
    /// Its key was not published, as far as is known.
    #[error("its key {0} is not among those that the server publishes")]
    UnknownKey(String),
    /// The key did not sign it.
    #[error("the server did not sign it")]
    Signature,
}

/// The keys that an installation publishes.
#[derive(Debug, Default)]
pub struct ReceiptKeys {
    keys: HashMap<String, DecodingKey>,
}

impl ReceiptKeys {
    /// The keys of a list; one that is none is left out.
    #[must_use]
    pub fn new(published: &[ReceiptKey]) -> Self {
        let ed25519 = published.iter().filter(|key| key.kty == "OKP" && key.crv == "Ed25519");
        let read = |key: &ReceiptKey| {
            Some((key.kid.clone(), DecodingKey::from_ed_components(&key.x).ok()?))
        };
        Self { keys: ed25519.filter_map(read).collect() }
    }

    /// The text of the record that a receipt is of.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn verify(&self, receipt: &str) -> Result<String, BadReceipt> {
        let (signed, signature) = receipt.rsplit_once('.').ok_or(BadReceipt::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(BadReceipt::Form)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| BadReceipt::Form)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| BadReceipt::Form)?;
        if (header.alg.as_str(), header.typ.as_str()) != ("EdDSA", TYPE) {
            return Err(BadReceipt::Form);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| BadReceipt::Form)?;
        let record = String::from_utf8(payload).map_err(|_| BadReceipt::Form)?;
        let key = self.keys.get(&header.kid).ok_or(BadReceipt::UnknownKey(header.kid))?;
        let algorithm = Algorithm::EdDSA;
        match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), key, algorithm) {
            Ok(true) => Ok(record),
            Ok(false) | Err(_) => Err(BadReceipt::Signature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of test 1 of RFC 8032, section 7.1, in PKCS#8.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

    fn published(kid: &str) -> ReceiptKey {
        // From RFC 8037, appendix A, which has the same key.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned();
        ReceiptKey { kty: "OKP".to_owned(), crv: "Ed25519".to_owned(), kid: kid.to_owned(), x }
    }

    fn keys() -> ReceiptKeys {
        ReceiptKeys::new(&[published("one")])
    }

    #[test]
    fn a_receipt_gives_its_record_back_and_is_always_the_same() {
        let signer = ReceiptSigner::new(PEM, "one").unwrap();
        let receipt = signer.sign(r#"{"draw_number":1}"#).unwrap();
        assert_eq!(keys().verify(&receipt).as_deref(), Ok(r#"{"draw_number":1}"#));
        assert_eq!(signer.sign(r#"{"draw_number":1}"#).unwrap(), receipt);
    }

    #[test]
    fn a_receipt_that_was_changed_or_is_of_another_key_proves_nothing() {
        let receipt = ReceiptSigner::new(PEM, "one").unwrap().sign("mine").unwrap();
        let [header, payload, signature] = receipt.split('.').collect::<Vec<_>>()[..] else {
            panic!("three parts")
        };
        let yours = URL_SAFE_NO_PAD.encode("yours");
        let hs256 = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"one","typ":"tenjo-receipt"}"#);
        let jwt = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","kid":"one","typ":"JWT"}"#);
        for (forged, error) in [
            (format!("{header}.{yours}.{signature}"), BadReceipt::Signature),
            (format!("{header}.{payload}."), BadReceipt::Signature),
            (format!("{header}.{payload}.{payload}"), BadReceipt::Signature),
            (format!("{hs256}.{payload}.{signature}"), BadReceipt::Form),
            (format!("{jwt}.{payload}.{signature}"), BadReceipt::Form),
            (format!("{payload}.{signature}"), BadReceipt::Form),
            (String::new(), BadReceipt::Form),
        ] {
            assert_eq!(keys().verify(&forged), Err(error), "{forged}");
        }
        let other = ReceiptSigner::new(PEM, "two").unwrap().sign("mine").unwrap();
        assert_eq!(keys().verify(&other), Err(BadReceipt::UnknownKey("two".to_owned())));
    }

    #[test]
    fn only_an_ed25519_key_signs() {
        assert!(ReceiptSigner::new("no key", "one").is_none());
        let p256 = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----
";
        assert!(ReceiptSigner::new(p256, "one").is_none());
    }
}
