//! The rules that hold whenever a player is at rest, checked on the tables
//! themselves: those of the audit, and that the player is at rest.

use tenjo_audit::Players;
use uuid::Uuid;

use crate::database;

const UNFINISHED: &str = "select count(*) from game_gacha.sagas
   where user_id = ? and status not in ('COMPLETED', 'FAILED')";
const LIVE: &str = "select count(*) from game_gacha.live_sagas where user_id = ?";

/// Panics unless all books of a player balance.
///
/// # Panics
/// When one does not, with the rule that it breaks.
pub async fn balance(user_id: Uuid) {
    assert_eq!(database::count(UNFINISHED, user_id).await, 0, "{user_id}: a saga is unfinished");
    assert_eq!(database::count(LIVE, user_id).await, 0, "{user_id}: a live saga is left");
    let mut conn = database::connect().await;
    let checked = tenjo_audit::check_all(&mut conn, Players::one(user_id)).await;
    let (broken, _) = checked.expect("a query");
    assert_eq!(broken, [], "broken for {user_id}");
}
