//! Starting gifts. Whoever can make players can give them any, and the books balance.

use crate::check::violations;
use crate::{Conn, Players, Violation};

/// The largest starting gift that any release gave, of each kind of gems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gifts {
    /// Of free gems.
    pub free_gems: u64,
    /// Of paid gems.
    pub paid_gems: u64,
}

/// The sentence of the rule.
const SENTENCE: &str = "nobody got a larger starting gift than new players get";

/// Players who got a larger gift, in the transaction or snapshot of the connection.
///
/// # Errors
/// When the database fails.
pub async fn check_gifts(
    conn: &mut Conn,
    largest: Gifts,
    players: Players,
) -> sqlx::Result<Vec<Violation>> {
    let Gifts { free_gems, paid_gems } = largest;
    let statement = format!(
        "select user_id, concat(currency_type, ': the gift was ', delta)
         from game_user.currency_ledger
         where user_id {{players}} and reason = 'starting_gift'
           and delta > case currency_type when 'free_gem' then {free_gems}
                                          when 'paid_gem' then {paid_gems} else 0 end"
    );
    violations(conn, SENTENCE, &statement, players).await
}
