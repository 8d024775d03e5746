//! What stores say of purchases, and whether it is true.
//!
//! Apple signs each transaction and each notification; [`apple`] verifies that without
//! a call. Google is asked; [`google`] calls its API, and verifies who sends its
//! notifications. Both give a transaction in the one form of `tenjo-domain`.
//!
//! This crate decides nothing about gems, and knows no database.

pub mod apple;
pub mod google;

pub use tenjo_https::CallError;

use time::OffsetDateTime;

/// Milliseconds since 1970, as both stores read them.
fn milliseconds(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1000 + i64::from(at.millisecond())
}

/// A moment in milliseconds since 1970, as both stores write them.
fn moment(milliseconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).ok()
}
