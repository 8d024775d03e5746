//! Which signed tokens are believed.

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tenjo_https::CallError;
use time::{Duration, OffsetDateTime};

use crate::keys::PublishedKeys;

/// How far the issuer's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::seconds(60);

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It is not one of the issuer for us, now.
    #[error("{0}")]
    Refused(Refused),
    /// The issuer's keys cannot be had at the moment.
    #[error(transparent)]
    Keys(#[from] CallError),
}

/// Which check it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no token, or signed in another way than by RS256 and a named key.
    #[error("it is no token that is signed by RS256 with a named key")]
    Form,
    /// The issuer publishes no such key.
    #[error("its key is not published")]
    Key,
    /// The signature is not of that key, the issuer is another one, it is for another app,
    /// or lacks what it must say.
    #[error("it is not signed by the issuer for this app")]
    Claims,
    /// It has expired, or is from the future.
    #[error("it has expired, or is not valid yet")]
    Time,
    /// It answers another nonce.
    #[error("it has another nonce")]
    Nonce,
}

impl From<Refused> for TokenError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Tokens of one issuer for some audiences.
pub struct SignedTokens {
    keys: PublishedKeys,
    validation: Validation,
}

/// What every token says, and what this one is read for.
#[derive(Deserialize)]
struct Whole<T> {
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    own: T,
}

/// A token that is believed.
#[derive(Debug)]
pub struct Believed<T> {
    /// What it says.
    pub says: T,
    /// When it is no longer believed.
    pub expires_at: OffsetDateTime,
}

impl SignedTokens {
    /// By the keys that are published at `url`, of an issuer by any of its spellings, for
    /// any of these audiences.
    #[must_use]
    pub fn new(url: &str, issuers: &[&str], audiences: Vec<String>) -> Self {
        // The only algorithm. What a token says of its own is compared with it, so neither
        // `none` nor an HMAC by the public key is ever tried.
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(issuers);
        validation.set_audience(&audiences);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        // Compared below, with the clock of the caller.
        validation.validate_exp = false;
        Self { keys: PublishedKeys::at(url), validation }
    }

    /// What a token says, if it is believed.
    ///
    /// # Errors
    /// When it is not, or the issuer's keys cannot be had.
    pub async fn claims<T: DeserializeOwned>(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Believed<T>, TokenError> {
        let header = decode_header(token).map_err(|_| Refused::Form)?;
        let kid = header.kid.filter(|_| header.alg == Algorithm::RS256).ok_or(Refused::Form)?;
        let key = self.keys.find(&kid, now).await?.ok_or(Refused::Key)?;
        let read = decode::<Whole<T>>(token, &key, &self.validation);
        let Whole { iat, exp, own } = read.map_err(|_| Refused::Claims)?.claims;
        let expires_at = OffsetDateTime::from_unix_timestamp(exp).map_err(|_| Refused::Time)?;
        let is_early = iat > (now + CLOCK_SKEW).unix_timestamp();
        if expires_at <= now || is_early {
            return Err(Refused::Time.into());
        }
        Ok(Believed { says: own, expires_at })
    }
}
