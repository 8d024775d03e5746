//! A pending purchase that must not be booked: its store told of it, or a client sent it, and
//! the store does not vouch for it. It would be tried for ever, and keep its player's account
//! from being deleted. An operator who has looked closes it.

use tenjo_domain::{PurchaseId, PurchaseRefusal, PurchaseStatus, UserId};
use tenjo_store::Conn;
use tenjo_store::pending::{self, Unbooked};
use tenjo_store::purchase::{self, Locked};

/// What came of closing a pending purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dismissed {
    /// Nothing is pending any more. What was open is refused; what was decided before, as
    /// this says, stays as it was.
    Now(PurchaseStatus),
    /// No purchase with this id waits to be booked.
    NotPending,
    /// A player's client began it, and nobody was named.
    OfPlayer,
    /// No client began it, and a player was named.
    OfNobody,
    /// The client of another player began it.
    OfAnother,
}

/// Closes a pending purchase, which the client of this player began, or which only its store
/// told of, in the caller's transaction, which is READ COMMITTED. It is refused like one that
/// the game refuses: whoever sends it is told so, what its store says later moves no gems,
/// and an operator can still book it.
///
/// # Errors
/// When the database fails.
pub async fn dismiss(
    conn: &mut Conn,
    purchase_id: PurchaseId,
    user_id: Option<UserId>,
) -> sqlx::Result<Dismissed> {
    let Some(found) = pending::find_unbooked(conn, purchase_id).await? else {
        return Ok(Dismissed::NotPending);
    };
    let Unbooked { store, transaction_id, .. } = found;
    // Who books it meanwhile has this lock first, or finds it refused.
    let Locked { standing, .. } = purchase::lock(conn, purchase_id, store, &transaction_id).await?;
    // Whoever had the lock may have booked it, and have left what its store has to be told.
    let Some(Unbooked { user_id: begun_by, .. }) =
        pending::find_unbooked(conn, purchase_id).await?
    else {
        return Ok(Dismissed::NotPending);
    };
    match (begun_by, user_id) {
        (Some(_), None) => return Ok(Dismissed::OfPlayer),
        (None, Some(_)) => return Ok(Dismissed::OfNobody),
        (Some(owner), Some(named)) if owner != named => return Ok(Dismissed::OfAnother),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if standing.status == PurchaseStatus::Open {
        let reason = PurchaseRefusal::Dismissed;
        purchase::refuse(conn, purchase_id, user_id, "", reason).await?;
    }
    pending::finish(conn, purchase_id).await?;
    Ok(Dismissed::Now(standing.status))
}

/// Whether an operator closed it. Its store may tell of it once more, and is not asked.
///
/// # Errors
/// When the database fails.
pub async fn is_dismissed(conn: &mut Conn, purchase_id: PurchaseId) -> sqlx::Result<bool> {
    let refusal = purchase::find_refusal(conn, purchase_id).await?;
    Ok(refusal.is_some_and(|(_, reason)| reason == PurchaseRefusal::Dismissed))
}
