use tenjo_domain::{LinkProvider, SessionEnd};
use tenjo_http::{ApiError, Call, Player, may_change_access};
use tenjo_store::link::{self, Unlinked};
use tenjo_store::{Db, session, transfer};
use tenjo_views::LinksView;

/// Takes an account elsewhere away from the caller. Such accounts begin sessions on no
/// device, and all of these but the caller's own end with it. A transfer code that was not
/// used is void, because somebody with such a session may have made it. Such sessions have
/// no device, so nobody could ask for a secret of one.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `not_found` (404): the caller has none of this provider
/// - `last_way_in` (409): no other account is linked, and no device is known
pub(crate) async fn delete_link(db: &Db, call: Call<Player>) -> Result<LinksView, ApiError> {
    let player = call.player();
    let provider: LinkProvider =
        call.path("provider")?.parse().map_err(ApiError::field("provider"))?;
    let mut tx = db.begin().await?;
    // In the order of locks of `tenjo_store::session`.
    transfer::hold(&mut tx, player.user_id).await?;
    may_change_access(&mut tx, player).await?;
    match link::unlink(&mut tx, player.user_id, provider).await? {
        Unlinked::Yes => {}
        Unlinked::None => return Err(ApiError::NotFound("link")),
        Unlinked::LastWayIn => return Err(ApiError::LastWayIn),
    }
    let (user_id, own) = (player.user_id, player.session_id);
    session::end_on_no_device_but(&mut tx, user_id, own, SessionEnd::Removed).await?;
    transfer::void(&mut tx, user_id).await?;
    let links = link::list(&mut tx, player.user_id).await?;
    tx.commit().await?;
    Ok(links.into())
}
