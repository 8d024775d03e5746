//! What an execution does, what a client gets, and what is refused.
//!
//! Where time matters it is tokio's paused clock, so that minutes pass at once
//! and durations are exact to the millisecond.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod api;
mod gacha_saga;
mod lambda;
mod language;
mod refusals;
mod support;
