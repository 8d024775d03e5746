use tenjo_http::{ApiError, Call, Player, active_user};
use tenjo_store::{Db, link};
use tenjo_views::LinksView;

/// The accounts elsewhere by which the caller logs in.
///
/// # Errors
/// - `user_suspended` (403)
/// - `user_deleting` (403)
pub(crate) async fn list_links(db: &Db, call: Call<Player>) -> Result<LinksView, ApiError> {
    let mut conn = db.acquire().await?;
    active_user(&mut conn, call.user_id()).await?;
    Ok(link::list(&mut conn, call.user_id()).await?.into())
}
