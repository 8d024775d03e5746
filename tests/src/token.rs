//! Access tokens that the game did not issue, signed with its own key.

use anyhow::Context;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

/// Signs any claims as `create-guest-session` does.
pub struct Forge {
    issuer: String,
    kid: String,
    key: EncodingKey,
}

impl Forge {
    /// Signs with a key in PEM, under its name.
    ///
    /// # Errors
    /// It is not an ES256 key.
    pub fn new(issuer: &str, kid: &str, private_key: &str) -> anyhow::Result<Self> {
        let key = EncodingKey::from_ec_pem(private_key.as_bytes());
        let key = key.context("the signing key is damaged")?;
        Ok(Self { issuer: issuer.to_owned(), kid: kid.to_owned(), key })
    }

    /// The claims of a token for a player, so many seconds from now.
    ///
    /// # Errors
    /// The clock is before 1970.
    pub fn claims(&self, user_id: Uuid, issued_s: i64, expires_s: i64) -> anyhow::Result<Value> {
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_secs())?;
        Ok(json!({
            "iss": self.issuer,
            "sub": user_id,
            "iat": now + issued_s,
            "exp": now + expires_s,
            "jti": Uuid::new_v4(),
        }))
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        Ok(jsonwebtoken::encode(&header, claims, &self.key)?)
    }
}
