//! The auditor: what must hold of the books at any moment, checked on the
//! tables themselves.
//!
//! It shares no code with what it audits, not even queries: it has its own SQL,
//! and knows the tables alone. It reads old snapshots in slices of players, so
//! that it locks nothing and waits for nobody.
//!
//! A transaction of Tenjo leaves the books balanced, so the rules hold in every
//! snapshot, whatever is under way. Two of them speak of where a player's last
//! draw left them, and pass over players with a live saga.

mod check;
mod progress;
mod rules;
mod slice;

pub use check::{Violation, check, check_all, check_slice, is_too_slow};
pub use progress::Progress;
pub use rules::{RULES, Rule};
pub use slice::{Players, Slice, next_size};

/// One connection.
pub type Conn = sqlx::MySqlConnection;
