//! The proof of a purchase: everything that is needed to draw again, and the check of
//! it. `docs/fairness.md` says what it proves.
//!
//! It reads no clock and no network: a proof can be checked at any later time.

mod chain;
mod check;
mod document;
mod period;
mod record;
mod tree;

pub use chain::{Break, Chain, check_chains};
pub use check::{Checked, Disagreement, Doubt, check};
pub use document::{
    ALGORITHM, DrawnItem, Part, Period, PoolRules, Proof, Purchase, PurchasePoints, ReceiptKey,
    Record, RecordPeriod,
};
pub use period::{BrokenPeriod, Told, check_periods};
pub use tree::{DrawCounts, Inclusion, PathStep, Root, Totals, leaf};
