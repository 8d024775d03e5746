//! Draws that anyone can check: commit and reveal.
//!
//! A draw is one item, and a purchase is one payment for one or more draws. The
//! server publishes the hash of a secret seed before a period begins, draws with
//! nothing but that seed and what the player can know, and publishes the seed itself
//! once the period is over. `docs/fairness.md` says it to the byte, and what it does
//! not prove. What stands there may not change once a release has drawn by it: old
//! draws must still come out as they did. Another way of drawing gets a new name.

mod changes;
mod rotation;
mod seed;
mod stream;
mod tree;

pub use changes::SeedChanges;
pub use rotation::{PeriodLength, Rotation, SeedPeriod, SeedPeriodId, Span};
pub use seed::{ClientSeed, ClientSeedOrigin, Commitment, DrawNumber, ServerSeed, UsedClientSeed};
pub use stream::DrawStream;
pub use tree::{Side, TreeNode, TreeStep, TreeTotals, tree_path, tree_root};
