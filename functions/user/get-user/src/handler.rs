use tenjo_http::{ApiError, Call, Player, active_user};
use tenjo_store::Db;
use tenjo_views::UserView;

/// The caller.
///
/// # Errors
/// - `user_suspended` (403)
pub(crate) async fn get_user(db: &Db, call: Call<Player>) -> Result<UserView, ApiError> {
    let mut conn = db.acquire().await?;
    Ok(active_user(&mut conn, call.user_id()).await?.into())
}
