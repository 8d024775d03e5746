//! The proof of a draw: everything that is needed to repeat it, in one document,
//! and the check of a proof. `docs/fairness.md` says what it proves.
//!
//! It reads no clock and no network: a proof can be checked at any later time.

mod chain;
mod check;
mod document;

pub use chain::{Break, check_chain};
pub use check::{Checked, Disagreement, check};
pub use document::{ALGORITHM, DrawnItem, Period, PoolRules, Proof, Purchase};
