//! Keys and tokens for the tests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use p256::elliptic_curve::ff::PrimeField as _;
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use p256::{FieldBytes, Scalar, SecretKey};
use serde_json::{Value, json};

use crate::setup::{NOW_S, indented};

/// A P-256 key that depends on `seed` alone.
pub(crate) struct Key(SecretKey);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SecretKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn public_pem(&self) -> String {
        self.0.public_key().to_public_key_pem(LineEnding::LF).unwrap()
    }

    /// A token with this header and these claims, well signed.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).unwrap();
        let key = EncodingKey::from_ec_pem(pem.as_bytes()).unwrap();
        let message = unsigned(header, claims);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    /// The same token with the other of its two valid signatures: for `(r, s)` that is
    /// `(r, n - s)`, which anyone can compute.
    pub(crate) fn other_signature(&self, token: &str) -> String {
        let (message, signature) = token.rsplit_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let (r, s) = bytes.split_at(32);
        let s = Scalar::from_repr(FieldBytes::try_from(s).unwrap()).unwrap();
        let twin = [r, &(-s).to_repr()].concat();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(twin))
    }

    /// What the project's own functions would issue.
    pub(crate) fn token(&self, kid: &str) -> String {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
        self.sign(&header, &json!({ "sub": "player", "exp": NOW_S + 900 }))
    }
}

/// Header and claims, with the dot between them.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A consumer `players` with one ES256 key for each kid.
pub(crate) fn consumers(keys: &[(&str, &Key)]) -> String {
    let mut yaml = String::from(
        "consumers:\n- username: players\n  id: 0f7d7b2e-6a55-4a43-8c8f-0c1f4a1b2c3d\n  jwt_secrets:\n",
    );
    for (kid, key) in keys {
        yaml.push_str(&format!(
            "  - key: {kid}\n    algorithm: ES256\n    rsa_public_key: |-\n{}\n",
            indented(&key.public_pem(), 6)
        ));
    }
    yaml
}

/// The jwt plugin as the project configures it.
pub(crate) const JWT: &str = "
- name: jwt
  config:
    key_claim_name: kid
    claims_to_verify: [exp]
    uri_param_names: []
";
