use tenjo_domain::PresentId;
use tenjo_http::{ApiError, Call, Player, may_change};
use tenjo_store::Db;
use tenjo_store::present;
use tenjo_views::PresentView;

/// Gives the caller what is in one of their presents, once.
///
/// The present is its own key: a repeat answers as the first request did, also when the
/// present has ended since.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `not_found` (404): no such present, not the caller's, or not in its period
pub(crate) async fn receive_present(db: &Db, call: Call<Player>) -> Result<PresentView, ApiError> {
    let (user_id, now) = (call.user_id(), call.now());
    let present_id: PresentId =
        call.path("present_id")?.parse().map_err(ApiError::field("present_id"))?;
    let mut tx = db.begin().await?;
    may_change(&mut tx, call.player()).await?;
    let own = present::find(&mut tx, user_id, present_id).await?;
    let own = own.ok_or(ApiError::NotFound("present"))?;
    if own.received_at.is_none() {
        if !own.mailed.present.is_in_period(now) {
            return Err(ApiError::NotFound("present"));
        }
        if present::receive(&mut tx, user_id, &own.mailed).await? {
            tx.commit().await?;
        } else {
            // Another request has just received it.
            tx.rollback().await?;
        }
        tx = db.begin().await?;
    }
    let own = present::find(&mut tx, user_id, present_id).await?;
    let own = own.ok_or(ApiError::NotFound("present"))?;
    Ok(PresentView::of(&own.mailed, own.received_at))
}
