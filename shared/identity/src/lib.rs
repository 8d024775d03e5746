//! Tokens that others sign, and what they say of a person.
//!
//! [`SignedTokens`] believes a token by the keys that its issuer publishes. On it stand
//! [`Identities`], by which players sign in, and in
//! `tenjo-stores` the tokens of Google's notifications.
//!
//! This crate knows no player and no database: that a token is used once, its caller sees
//! to.

mod keys;
mod provider;
mod signed;

pub use provider::{GOOGLE_ISSUERS, Identities, Shown};
pub use signed::{Believed, Refused, SignedTokens, TokenError};
