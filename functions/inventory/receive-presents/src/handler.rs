use serde::Serialize;
use tenjo_http::{ApiError, Call, Player, Reply, may_change};
use tenjo_store::present;
use tenjo_store::{Db, Limit};
use tenjo_views::PresentView;

#[derive(Serialize)]
pub(crate) struct ReceivedPresentsView {
    presents: Vec<PresentView>,
    /// Whether more are in the mailbox: one request receives 50 at most.
    has_more: bool,
}

impl Reply for ReceivedPresentsView {}

/// Gives the caller what is in all of their presents, each once, in one transaction.
///
/// A repeat receives what has come since. What it received before is in the ledger and
/// in the inventory.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
pub(crate) async fn receive_presents(
    db: &Db,
    call: Call<Player>,
) -> Result<ReceivedPresentsView, ApiError> {
    let (user_id, now) = (call.user_id(), call.now());
    let mut tx = db.begin().await?;
    may_change(&mut tx, call.player()).await?;
    let page = present::mailbox(&mut tx, user_id, now, None, Limit::default()).await?;
    let mut received = Vec::new();
    for mailed in &page.rows {
        // Unless another request has just received it.
        if present::receive(&mut tx, user_id, mailed).await? {
            received.push(mailed.present_id);
        }
    }
    let mut presents = Vec::new();
    for present_id in received {
        if let Some(own) = present::find(&mut tx, user_id, present_id).await? {
            presents.push(PresentView::of(&own.mailed, own.received_at));
        }
    }
    tx.commit().await?;
    Ok(ReceivedPresentsView { presents, has_more: page.has_more })
}
