//! Access tokens that the game did not issue, signed with its own key.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::variable;

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

    /// Signs like the functions of the tests' stack.
    ///
    /// # Errors
    /// Their key is not an ES256 key.
    pub fn of_stack() -> anyhow::Result<Self> {
        let [issuer, kid, key] =
            ["TENJO_TOKEN_ISSUER", "TENJO_TEST_TOKEN_SIGNING_KID", "TENJO_TEST_TOKEN_SIGNING_KEY"]
                .map(variable);
        Self::new(&issuer, &kid, &key)
    }

    /// The claims of a token for a player's session, so many seconds from now.
    ///
    /// # Errors
    /// The clock is before 1970.
    pub fn claims(
        &self,
        user_id: Uuid,
        session_id: Uuid,
        issued_s: i64,
        expires_s: i64,
    ) -> anyhow::Result<Value> {
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_secs())?;
        Ok(json!({
            "iss": self.issuer,
            "sub": user_id,
            "sid": session_id,
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

/// The session that an access token came from.
///
/// # Errors
/// It is no access token of the game.
pub fn session_of(access_token: &str) -> anyhow::Result<Uuid> {
    let claims = access_token.split('.').nth(1).context("the token has no claims")?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
    Ok(claims["sid"].as_str().context("the token names no session")?.parse()?)
}
