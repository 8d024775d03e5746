//! Accounts elsewhere by which a player logs in.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::Invalid;
use crate::money::words;

/// Whom players sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LinkProvider {
    /// Sign in with Apple.
    Apple,
    /// Sign in with Google.
    Google,
}

words!(LinkProvider { Apple = "apple", Google = "google" });

/// A provider's unchanging name for an account: 1 to 255 visible ASCII characters. It says
/// nothing of a person by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSubject(String);

impl LinkSubject {
    /// This name.
    ///
    /// # Errors
    /// When it is not one.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let is_good =
            (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_good { Ok(Self(text)) } else { Err(Invalid("must be 1 to 255 visible characters")) }
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who somebody is to a provider, as a token of theirs says that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub provider: LinkProvider,
    /// The account.
    pub subject: LinkSubject,
    /// SHA-256 of the token, by which it is known again.
    pub token_hash: [u8; 32],
    /// When it is no longer believed anyway.
    pub expires_at: OffsetDateTime,
}
