//! Whom players sign in with.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tenjo_domain::{Identity, Invalid, LinkProvider, LinkSubject};
use tenjo_settings::{SettingError, Settings};
use time::{Duration, OffsetDateTime};

use crate::signed::{Believed, Refused, SignedTokens, TokenError};

/// Who signs Google's tokens; both spellings are Google's.
pub const GOOGLE_ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];
const APPLE_ISSUERS: [&str; 1] = ["https://appleid.apple.com"];

/// The longest that a token may be good for. Apple's are for a day, Google's for an hour.
/// For so long a used one is remembered.
const LONGEST: Duration = Duration::days(2);

/// The longest token that is read.
const MAX_TOKEN: usize = 4096;

/// How long a nonce is: so long that a random one is not guessed.
const NONCE: std::ops::RangeInclusive<usize> = 16..=128;

/// What a client shows: the provider's token, and the nonce whose SHA-256 it gave to the
/// provider. Whoever has only the token, from a log or on its way, cannot use it.
pub struct Shown {
    token: String,
    nonce: String,
}

impl Shown {
    /// Checks the form of both.
    ///
    /// # Errors
    /// With the field that is to blame.
    pub fn new(token: String, nonce: String) -> Result<Self, (&'static str, Invalid)> {
        let is_of = |text: &str, more: &[u8]| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !(1..=MAX_TOKEN).contains(&token.len()) || !is_of(&token, b"-_.") {
            let why = Invalid("must be a token of 1 to 4096 letters, digits, -, _ and .");
            return Err(("identity_token", why));
        }
        if !NONCE.contains(&nonce.len()) || !is_of(&nonce, b"-_.~") {
            let why = Invalid("must be 16 to 128 letters, digits, -, _, . and ~");
            return Err(("nonce", why));
        }
        Ok(Self { token, nonce })
    }
}

/// Those who sign in with one provider.
pub struct Identities {
    provider: LinkProvider,
    tokens: SignedTokens,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    nonce: Option<String>,
}

impl Identities {
    /// Sign in with Apple, by `TENJO_APPLE_KEYS_URL` and `TENJO_APPLE_CLIENT_IDS`.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn of_apple(settings: &Settings) -> Result<Self, SettingError> {
        let url = settings.text("TENJO_APPLE_KEYS_URL")?;
        let client_ids = settings.read("TENJO_APPLE_CLIENT_IDS", client_ids)?;
        Ok(Self::new(LinkProvider::Apple, url, client_ids))
    }

    /// Sign in with Google, by `TENJO_GOOGLE_CERTS_URL` and `TENJO_GOOGLE_CLIENT_IDS`.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn of_google(settings: &Settings) -> Result<Self, SettingError> {
        let url = settings.text("TENJO_GOOGLE_CERTS_URL")?;
        let client_ids = settings.read("TENJO_GOOGLE_CLIENT_IDS", client_ids)?;
        Ok(Self::new(LinkProvider::Google, url, client_ids))
    }

    /// By the provider's keys at `url`, for these apps.
    #[must_use]
    pub fn new(provider: LinkProvider, url: &str, client_ids: Vec<String>) -> Self {
        let issuers: &[&str] = match provider {
            LinkProvider::Apple => &APPLE_ISSUERS,
            LinkProvider::Google => &GOOGLE_ISSUERS,
        };
        Self { provider, tokens: SignedTokens::new(url, issuers, client_ids) }
    }

    /// Who shows this.
    ///
    /// # Errors
    /// When it is not believed, or the provider's keys cannot be had.
    pub async fn identify(
        &self,
        shown: &Shown,
        now: OffsetDateTime,
    ) -> Result<Identity, TokenError> {
        let Believed { says: claims, expires_at } =
            self.tokens.claims::<Claims>(&shown.token, now).await?;
        let expected = hex::encode(Sha256::digest(&shown.nonce));
        let sent = claims.nonce.unwrap_or_default();
        if !bool::from(expected.as_bytes().ct_eq(sent.as_bytes())) {
            return Err(Refused::Nonce.into());
        }
        if expires_at - now > LONGEST {
            return Err(Refused::Time.into());
        }
        Ok(Identity {
            provider: self.provider,
            subject: LinkSubject::new(claims.sub).map_err(|_| Refused::Claims)?,
            token_hash: Sha256::digest(&shown.token).into(),
            expires_at,
        })
    }
}

/// Reads a list of client ids, with commas between them.
fn client_ids(text: &str) -> Result<Vec<String>, Invalid> {
    let ids: Vec<String> = text.split(',').map(|id| id.trim().to_owned()).collect();
    if ids.iter().any(String::is_empty) {
        Err(Invalid("must be client ids with commas between them"))
    } else {
        Ok(ids)
    }
}
