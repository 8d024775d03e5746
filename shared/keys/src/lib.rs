//! The keys that sign access tokens and receipts: making them, and their public halves, which
//! others are given.
//!
//! It signs nothing, and no function builds it: functions get the keys that `tenjo deploy` has
//! made or, on one machine, `local/dev-secrets`.

mod receipt;
mod signing;

pub use receipt::{public_receipt_key, receipt_key};
pub use signing::{is_signing_key, public_pem, public_signing_key, signing_key};

/// Why there is no key, or no public half of one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A new key cannot be written as text.
    #[error("a new signing key cannot be written")]
    Unwritable(#[source] p256::pkcs8::Error),
    /// What should be an ES256 key in PKCS#8 PEM is something else.
    #[error("a signing key is damaged")]
    Signing(#[source] p256::pkcs8::Error),
    /// What should be an Ed25519 key in PKCS#8 PEM is something else.
    #[error("a receipt key is damaged")]
    Receipt,
    /// What should be a public ES256 key as a JSON Web Key is something else.
    #[error("a public key is damaged")]
    Public,
}
