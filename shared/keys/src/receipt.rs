//! Keys that sign receipts of draws: Ed25519.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::KeyError;

/// What is before the 32 secret bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A new key, PKCS#8, PEM.
#[must_use]
pub fn receipt_key() -> String {
    pem(rand::random())
}

fn pem(secret: [u8; 32]) -> String {
    let der = STANDARD.encode([&PKCS8[..], &secret].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

/// The public half of a key in PEM, as a JSON Web Key.
///
/// # Errors
/// It is no such key.
pub fn public_receipt_key(kid: &str, pem: &str) -> Result<Value, KeyError> {
    let secret = secret_bytes(pem).ok_or(KeyError::Receipt)?;
    let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
    let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    Ok(json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": x }))
}

fn secret_bytes(pem: &str) -> Option<[u8; 32]> {
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(der).ok()?;
    der.strip_prefix(&PKCS8)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_half_is_that_of_the_private_one() {
        // From RFC 8037, appendix A.
        let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let private = pem(secret.try_into().unwrap());
        let jwk = public_receipt_key("r1", &private).unwrap();
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let expected = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "r1", "x": x });
        assert_eq!(jwk, expected, "and nothing of the private half");
    }

    #[test]
    fn a_new_key_has_a_public_half_and_is_another_each_time() {
        let (one, two) = (receipt_key(), receipt_key());
        assert_ne!(one, two);
        assert!(public_receipt_key("r1", &one).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let signing = crate::signing_key().unwrap();
        for text in ["", "no key", "bm8ga2V5", &signing] {
            assert!(matches!(public_receipt_key("r1", text), Err(KeyError::Receipt)), "{text}");
        }
    }
}
