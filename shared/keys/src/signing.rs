//! Keys that sign access tokens: ES256, which is ECDSA on the curve P-256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};

use crate::KeyError;

/// What is before the two coordinates of a point that is written in full (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

const COORDINATE_BYTES: usize = 32;

/// A new key, PKCS#8, PEM.
///
/// # Errors
/// It cannot be written as text, which does not happen to a good key.
pub fn signing_key() -> Result<String, KeyError> {
    let pem = p256::SecretKey::generate().to_pkcs8_pem(LineEnding::LF);
    Ok(pem.map_err(KeyError::Unwritable)?.to_string())
}

/// Whether a text is such a key.
#[must_use]
pub fn is_signing_key(pem: &str) -> bool {
    p256::SecretKey::from_pkcs8_pem(pem).is_ok()
}

/// The public half of a key in PEM, as a JSON Web Key.
///
/// # Errors
/// It is no such key.
pub fn public_signing_key(kid: &str, pem: &str) -> Result<Value, KeyError> {
    let key = p256::SecretKey::from_pkcs8_pem(pem).map_err(KeyError::Signing)?;
    let point = key.public_key().to_sec1_point(false);
    // Both are there: a public key is not infinite, and this point is not compressed.
    let x = point.x().ok_or(KeyError::Public)?;
    let y = point.y().ok_or(KeyError::Public)?;
    Ok(json!({
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
        "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(x),
        "y": URL_SAFE_NO_PAD.encode(y),
    }))
}

/// A public key as PEM, with a line break at its end, from its JSON Web Key.
///
/// # Errors
/// It is no such key.
pub fn public_pem(jwk: &Value) -> Result<String, KeyError> {
    let mut point = vec![UNCOMPRESSED];
    for coordinate in ["x", "y"] {
        let text = jwk[coordinate].as_str().ok_or(KeyError::Public)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Public)?;
        if bytes.len() != COORDINATE_BYTES {
            return Err(KeyError::Public);
        }
        point.extend(bytes);
    }
    let key = p256::PublicKey::from_sec1_bytes(&point).map_err(|_| KeyError::Public)?;
    key.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Public)
}

#[cfg(test)]
mod tests {
    use p256::pkcs8::DecodePublicKey;

    use super::*;

    /// The key of RFC 7515, appendix A.3, as OpenSSL writes it.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
";

    #[test]
    fn the_public_half_of_a_known_key_is_that_of_the_rfc() {
        let jwk = public_signing_key("k1", PRIVATE).unwrap();
        assert_eq!(jwk["x"], "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        assert_eq!(jwk["y"], "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        assert_eq!(public_pem(&jwk).unwrap(), PUBLIC);
    }

    #[test]
    fn the_public_half_of_a_new_key_is_that_of_the_private_one() {
        let private = signing_key().unwrap();
        assert!(is_signing_key(&private));
        let jwk = public_signing_key("k1", &private).unwrap();
        assert_eq!(jwk["kid"], "k1");
        assert!(jwk.get("d").is_none(), "the private half stays where it is");
        for coordinate in ["x", "y"] {
            let bytes = URL_SAFE_NO_PAD.decode(jwk[coordinate].as_str().unwrap()).unwrap();
            assert_eq!(bytes.len(), 32);
        }
        let from_pem = p256::PublicKey::from_public_key_pem(&public_pem(&jwk).unwrap()).unwrap();
        let of_private = p256::SecretKey::from_pkcs8_pem(&private).unwrap().public_key();
        assert_eq!(from_pem, of_private);
    }

    #[test]
    fn no_two_keys_are_alike() {
        assert_ne!(signing_key().unwrap(), signing_key().unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "no key", PUBLIC] {
            assert!(!is_signing_key(text));
            assert!(matches!(public_signing_key("k1", text), Err(KeyError::Signing(_))), "{text}");
        }
        let good = public_signing_key("k1", PRIVATE).unwrap();
        for (coordinate, damaged) in [
            ("x", json!(null)),
            ("x", json!("no base64!")),
            ("y", json!("f83O")),
            // Together they are as long as the point.
            ("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA")),
            // This point is not on the curve.
            ("y", good["x"].clone()),
        ] {
            let mut jwk = good.clone();
            jwk[coordinate] = damaged;
            assert!(matches!(public_pem(&jwk), Err(KeyError::Public)), "{jwk}");
        }
    }
}
