//! A store on one machine, which plays the App Store and Google Play: it sells, refunds
//! and charges back, signs as Apple does, and serves the parts of both stores' APIs that
//! Tenjo calls. People sign in with Apple and Google here too, and devices are attested. It refuses what it does not serve by name.
//!
//! Money is not involved. The production code buys here, with the roots, keys and
//! addresses of this store in its settings. The acts under `/test/` are what a player or
//! the store's staff would do; README.md lists them.

mod acts;
mod apple;
mod attest;
mod authority;
mod google;
mod google_keys;
mod identity;
mod server;
mod state;

pub use acts::{APPLE_BUNDLE_ID, GOOGLE_PACKAGE_NAME, PUSH_AUDIENCE, PUSH_EMAIL};
pub use attest::{
    APPLE_APP_ID, AppAttestAuthority, AppleAttestation, GoogleAttestation, attested_nonce,
};
pub use authority::{Authority, Marks, Plan, Validity};
pub use google_keys::GoogleKeys;
pub use identity::{APPLE_CLIENT_ID, GOOGLE_CLIENT_ID, IdentityKeys, Provider, SignIn};
pub use server::{Store, app, on_free_port};

/// The name of the key by which Tenjo calls Apple's API.
pub const APPLE_API_KEY_ID: &str = "TESTKEY001";

/// Who calls Apple's API.
pub const APPLE_API_ISSUER_ID: &str = "57246542-96fe-1a63-e053-0824d011072a";

/// The system's time: a store dates what it sells.
#[expect(clippy::disallowed_methods, reason = "a store has a clock of its own")]
pub(crate) fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

/// A moment in milliseconds since 1970, as both stores write them.
#[must_use]
pub fn millis(at: time::OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
