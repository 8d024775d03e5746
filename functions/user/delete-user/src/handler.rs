use serde::Serialize;
use tenjo_domain::{GraceDays, SessionEnd};
use tenjo_http::{ApiError, Call, HasDb, Player, Reply, may_change_access};
use tenjo_store::{Db, currency, deletion, device, session};
use tenjo_views::CurrencyView;
use time::OffsetDateTime;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) grace: GraceDays,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

/// What the player is told.
#[derive(Serialize)]
pub(crate) struct DeletionView {
    /// Until then a login can take it back.
    #[serde(with = "time::serde::rfc3339")]
    deletion_due_at: OffsetDateTime,
    /// The gems that are lost then, bought ones too.
    lost: Vec<CurrencyView>,
}

impl Reply for DeletionView {}

/// Has the caller deleted when the time of grace is over, and ends all sessions now, those
/// that begin at this moment too: see `may_log_in` in `shared/sessions`. A draw that runs
/// goes on to its end. A transfer code stays: it is a way to keep the account after all,
/// for somebody who has lost the device.
///
/// # Errors
/// - `unauthorized` (401): the session has ended, such as by this request before
/// - `user_suspended` (403)
pub(crate) async fn delete_user(app: &App, call: Call<Player>) -> Result<DeletionView, ApiError> {
    let (user_id, due_at) = (call.user_id(), app.grace.after(call.now()));
    let asking = call.player().session_id;
    let mut tx = app.db.begin().await?;
    // A secret that somebody else asked for by a session must not take it back.
    device::void_given(&mut tx, user_id, Some(asking)).await?;
    may_change_access(&mut tx, call.player()).await?;
    session::visit(&mut tx, user_id).await?;
    let deletion_due_at = deletion::ask(&mut tx, user_id, due_at).await?;
    session::end_all_but(&mut tx, user_id, None, SessionEnd::Deleting).await?;
    let balances = currency::balances(&mut tx, user_id).await?;
    tx.commit().await?;
    Ok(DeletionView {
        deletion_due_at,
        lost: balances.into_iter().map(CurrencyView::from).collect(),
    })
}
