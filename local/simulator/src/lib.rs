//! Players by the million, who buy from a pool by its own rules, and what they
//! got beside what the exact odds say.
//!
//! The same seed gives the same players on any number of cores. Nothing here
//! knows a database or a file; pictures are returned as text.

mod exact;
mod figure;
mod numbers;
mod picture;
mod plan;
mod player;
mod report;
mod simulate;
mod spend;
mod tally;

pub use exact::{Exact, ExactWait};
pub use figure::{Figure, figures};
pub use picture::{Picture, PictureError, pictures};
pub use plan::{NoPlan, Plan};
pub use report::report;
pub use simulate::simulate;
pub use tally::{Sums, Tally, WaitTally};
