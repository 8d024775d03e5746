//! Draws that anyone can check: commit and reveal.
//!
//! The server publishes the hash of a secret seed before a period begins, draws
//! with nothing but that seed and what the player can know, and publishes the
//! seed itself once the period is over. `docs/fairness.md` says it to the byte,
//! and what it does not prove. What stands there may never change: draws of
//! long ago must still come out as they did.

mod changes;
mod rotation;
mod seed;
mod stream;

pub use changes::SeedChanges;
pub use rotation::{PeriodLength, Rotation, SeedPeriod, SeedPeriodId, Span};
pub use seed::{ClientSeed, Commitment, DrawNumber, ServerSeed};
pub use stream::DrawStream;
