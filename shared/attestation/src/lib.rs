//! What Apple's App Attest and Google's Play Integrity say of a new device, and whether it
//! is believed: that a genuine copy of this app, on a genuine device, answers a challenge
//! of ours.
//!
//! [`AppAttest`] verifies Apple's statement without a call; [`PlayIntegrity`] asks Google.
//! [`Attestations`] is what functions use: it makes challenges, and checks what answers
//! them. Only the functions by which a device gets an account build this crate.
//!
//! ADR 41 says what it protects, and `docs/accounts.md` what it does not.

mod apple;
mod challenge;
mod google;
mod required;

pub use apple::AppAttest;
pub use google::PlayIntegrity;
pub use required::{AttestationFields, Attestations, Attested, Sent};

use tenjo_https::CallError;

/// Why a statement counts for nothing.
#[derive(Debug, thiserror::Error)]
pub enum AttestationError {
    /// It is not one for this app, this challenge and now.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// Google cannot be asked at the moment.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Which check a statement failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has not the form of one.
    #[error("it is no statement of the platform")]
    Form,
    /// Its certificates do not lead to Apple's root, or are not valid now.
    #[error("its certificates are not those of the platform, now")]
    Untrusted,
    /// It answers another challenge.
    #[error("it answers another challenge")]
    Challenge,
    /// It is about another key than its certificate.
    #[error("it is about another key")]
    Key,
    /// It is of another app.
    #[error("it is of another app")]
    App,
    /// It is of the environment for development, or of that for players where this
    /// installation is for development.
    #[error("it is of another environment")]
    Environment,
    /// Its key was used before.
    #[error("its key was used before")]
    Counter,
    /// It was made too long ago, or in the future.
    #[error("it was made too long ago, or in the future")]
    Time,
    /// The platform does not recognise the app or the device.
    #[error("the platform does not recognise this app on this device")]
    Unrecognised,
}
