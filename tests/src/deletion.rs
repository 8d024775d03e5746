//! The end of a player's time of grace.

use serde_json::json;
use uuid::Uuid;

use crate::{database, lambda, until};

/// Lets the time of grace be over.
pub const DUE: &str = "update game_user.deletions
    set due_at = current_timestamp(6) - interval 1 second where user_id = ?";
const DELETED: &str =
    "select count(*) from game_user.users where user_id = ? and deleted_at is not null";

/// Whether the player is deleted.
pub async fn is_deleted(user_id: Uuid) -> bool {
    database::count(DELETED, user_id).await == 1
}

/// Lets the time of grace be over, and the function run until it has deleted the player.
///
/// # Panics
/// When it does not.
pub async fn delete(user_id: Uuid) {
    database::change(DUE, user_id).await;
    delete_if_left(user_id).await;
}

/// Lets the function run until it has deleted the player, who is due. Its schedule may be
/// first, or two other calls may run.
///
/// # Panics
/// When it does not.
pub async fn delete_if_left(user_id: Uuid) {
    until("the deletion", async || {
        if is_deleted(user_id).await {
            return Some(());
        }
        lambda::invoke("delete-players", &json!({})).await;
        None
    })
    .await;
}
