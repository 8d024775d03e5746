//! The proof of a draw: all that it takes to draw it again, in one document,
//! and the check of it. `docs/fairness.md` says what it proves.
//!
//! It reads no clock and no network: a proof can be checked at any later time.

mod chain;
mod check;
mod document;

pub use chain::{Break, check_chain};
pub use check::{Checked, Disagreement, check};
pub use document::{ALGORITHM, DrawnItem, Period, PoolRules, Proof, Purchase};
