//! Access tokens: ES256, short-lived, each naming its key so that keys rotate.
//!
//! Here they are verified. `tenjo-sessions` signs them, and tests both sides.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use tenjo_domain::{SessionId, UserId};
use tenjo_settings::{SettingError, Settings};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::Player;

/// How far the clock of the function that made a token may be ahead of ours.
pub const CLOCK_SKEW: Duration = Duration::seconds(60);

/// The setting that names who issues tokens.
pub const ISSUER: &str = "TENJO_TOKEN_ISSUER";
const KEYS: &str = "TENJO_TOKEN_KEYS";

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whose it is.
    pub sub: Uuid,
    /// The login that it came from.
    pub sid: Uuid,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// Its own id, so that no two tokens are the same.
    pub jti: Uuid,
}

/// Verifies access tokens.
pub struct TokenVerifier {
    keys: Vec<(String, DecodingKey)>,
    validation: Validation,
}

impl TokenVerifier {
    /// Reads the public keys and the issuer.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Self::new(settings.text(KEYS)?, settings.text(ISSUER)?).ok_or_else(|| {
            SettingError::new(KEYS, "must be a JWK set of P-256 keys with a kid each")
        })
    }

    /// Verifies tokens of `issuer` with a JWK set of P-256 keys, each with a
    /// `kid`; `None` if `keys` is something else.
    #[must_use]
    pub fn new(keys: &str, issuer: &str) -> Option<Self> {
        let keys: JwkSet = serde_json::from_str(keys).ok()?;
        let keys = keys
            .keys
            .iter()
            .map(|key| Some((key.common.key_id.clone()?, DecodingKey::from_jwk(key).ok()?)))
            .collect::<Option<Vec<_>>>()
            .filter(|keys| !keys.is_empty())?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["iss", "exp"]);
        // Compared below, with the clock of the caller.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Some(Self { keys, validation })
    }

    /// Whose token it is; `None` if it is not valid, for whatever reason.
    #[must_use]
    pub fn verify(&self, token: &str, now: OffsetDateTime) -> Option<Player> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let (_, key) = self.keys.iter().find(|(known, _)| *known == kid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok()?.claims;
        let now = now.unix_timestamp();
        let good = claims.exp > now && claims.iat <= now + CLOCK_SKEW.whole_seconds();
        let player = Player { user_id: UserId(claims.sub), session_id: SessionId(claims.sid) };
        good.then_some(player)
    }
}
