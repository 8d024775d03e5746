use std::num::NonZeroU32;

use serde::Deserialize;
use tenjo_domain::DisplayName;
use tenjo_http::{ApiError, Call, Player, active_user, may_change};
use tenjo_store::{Db, user};
use tenjo_views::UserView;

#[derive(Deserialize)]
pub(crate) struct UpdateUserRequest {
    display_name: String,
    /// The version that the client has read.
    version: NonZeroU32,
}

/// Changes the caller's display name.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `version_conflict` (409): the player was changed since the client read it
pub(crate) async fn update_user(
    db: &Db,
    call: Call<Player, UpdateUserRequest>,
) -> Result<UserView, ApiError> {
    let (player, user_id) = (call.player(), call.user_id());
    let name = DisplayName::new(call.body.display_name).map_err(ApiError::field("display_name"))?;
    let mut tx = db.begin().await?;
    may_change(&mut tx, player).await?;
    if !user::rename(&mut tx, user_id, &name, call.body.version.get()).await? {
        return Err(ApiError::VersionConflict);
    }
    let user = active_user(&mut tx, user_id).await?;
    tx.commit().await?;
    Ok(user.into())
}
