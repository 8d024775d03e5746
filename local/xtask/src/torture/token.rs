//! Access tokens from clocks that are wrong.

use anyhow::Context;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::json;
use uuid::Uuid;

use crate::environment::TOKEN_ISSUER;
use crate::secrets::SigningKey;

/// Signs as `create-guest-session` does, with a clock of its own.
pub(crate) struct Forge {
    kid: String,
    key: EncodingKey,
}

/// A token, and what must become of it.
pub(crate) struct Skewed {
    pub(crate) token: String,
    pub(crate) is_good: bool,
}

/// What is added to the times of issue and of expiry, in seconds, and whether
/// such a token is good. A clock may be a minute ahead. The bounds themselves
/// are left out, for a call takes its time.
const SKEWS: [(i64, i64, bool); 6] = [
    (0, 900, true),
    (30, 930, true),      // a little ahead
    (-600, 300, true),    // behind
    (300, 1200, false),   // far ahead
    (-1000, -100, false), // expired
    (-86_400, -1, false), // since a second ago
];

impl Forge {
    pub(crate) fn new(key: &SigningKey) -> anyhow::Result<Self> {
        let pem = key.private_key.as_bytes();
        let encoding = EncodingKey::from_ec_pem(pem).context("the signing key is damaged")?;
        Ok(Self { kid: key.kid.clone(), key: encoding })
    }

    /// A token for a player from a clock that is wrong.
    pub(crate) fn skewed(&self, random: &mut StdRng, user_id: Uuid) -> anyhow::Result<Skewed> {
        let (issued, expires, is_good) = SKEWS[random.random_range(0..SKEWS.len())];
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_secs())?;
        let claims = json!({
            "iss": TOKEN_ISSUER,
            "sub": user_id,
            "iat": now + issued,
            "exp": now + expires,
            "jti": Uuid::new_v4(),
        });
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        Ok(Skewed { token: jsonwebtoken::encode(&header, &claims, &self.key)?, is_good })
    }
}
