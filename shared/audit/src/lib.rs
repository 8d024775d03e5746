//! The auditor: checks on the tables that the rules of the books hold.
//!
//! It shares no code with what writes the books, not even queries: it has SQL of its
//! own, and depends on the tables only. To repeat a draw it uses `tenjo-proof`, as
//! players do, and so the rules that the draw was made by. It reads snapshots of a few
//! seconds ago, in slices of players, and locks nothing.
//!
//! Every transaction of Tenjo leaves the books balanced, so the rules hold in each
//! snapshot, whatever sagas are live.

mod check;
mod draws;
mod gifts;
mod progress;
mod query;
mod rules;
mod slice;

pub use check::{Checked, Violation, check, check_all, check_slice, is_too_slow};
pub use draws::{Draws, check_draws};
pub use gifts::{Gifts, check_gifts};
pub use progress::{Progress, VoidItems};
pub use rules::{RULES, Rule};
pub use slice::{Players, Slice, next_size};

/// One connection.
pub type Conn = sqlx::MySqlConnection;
