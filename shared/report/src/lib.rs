//! What the law asks of the books: unused paid gems on a date, how they moved in each
//! month, and the revenue that their use earned.
//!
//! It reads two append-only tables, the ledger of paid gems and the lots of its entries,
//! and takes everything before a moment, by the time of entry. What of a lot was bought
//! for how much is written once; each time at which a purchase was taken back or
//! restored is, too. So a date in the past gives the same figures for ever. It never
//! reads what is left of a lot or of a balance, because that changes.
//!
//! Money is reckoned in whole millionths. Of a lot of `granted` gems for a price, using
//! `used` of them has earned `price * used / granted`, rounded down; each use earns what
//! that sum grows by. So the parts of a lot add up to its price exactly.
//!
//! The figures are reckoned in two ways: by lot and month from the entries of lots
//! ([`by_lots`]), and entry by entry from a replay of the ledger, which finds the lots by the
//! rules of spending ([`by_replay`]). They share the reading of the tables, and the one line
//! that says what the use of so many gems of a lot has earned. A mistake in these two is in
//! both; all else is reckoned twice.

mod by_lots;
mod by_replay;
mod figures;
mod period;
mod read;
mod reconcile;
mod store_report;

pub use by_lots::by_lots;
pub use by_replay::{TracedEntry, by_replay, trace};
pub use figures::{Figures, Line, Product, Unused};
pub use period::{BadPeriod, Month, Until};
pub use read::{LotRow, ReportError, Revocation, Slice, newest_final, slices};
pub use reconcile::{Difference, Lines, StoreLine, differences, stores};
pub use store_report::{Expected, Form, Mistake, Names, read_store_report};

/// One connection.
pub type Conn = sqlx::MySqlConnection;
