//! The rows that a search named, however old they are: the newest of each list may not
//! have them any more.

use tenjo_domain::{ActId, PurchaseId, SagaId, SourceId, UserId};
use tenjo_operators::ApiError;
use tenjo_store::{Conn, Limit, currency, history, operator_log, pending, purchase, saga};

use crate::view::ListsView;

/// What an operator looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sought {
    Account,
    Saga(SagaId),
    Source(SourceId),
    Purchase(PurchaseId),
}

/// The rows of a player that concern what was looked for.
pub(crate) async fn find(
    conn: &mut Conn,
    user_id: UserId,
    sought: Sought,
) -> Result<ListsView, ApiError> {
    match sought {
        Sought::Account => Ok(ListsView::default()),
        Sought::Saga(saga_id) => of_saga(conn, user_id, saga_id).await,
        // A purchase is a source under its own id.
        Sought::Purchase(PurchaseId(id)) => of_source(conn, user_id, SourceId(id)).await,
        Sought::Source(source_id) => of_source(conn, user_id, source_id).await,
    }
}

/// A draw: its saga, what was drawn, what proves it, and what it cost.
async fn of_saga(conn: &mut Conn, user_id: UserId, saga_id: SagaId) -> Result<ListsView, ApiError> {
    let record = saga::find(conn, saga_id).await?;
    // It has a number here once it has ended. The page after the next number begins with it.
    let draw = record.as_ref().and_then(|record| record.saga.draw.as_ref());
    let after = draw.map(|draw| draw.number.get().saturating_add(1));
    let mut proofs = Vec::new();
    if after.is_some() {
        proofs = saga::provable(conn, user_id, after, Limit::default()).await?.rows;
        proofs.retain(|proof| proof.draw.saga_id == saga_id);
    }
    Ok(ListsView {
        sagas: some(record.into_iter().collect()),
        draws: some(history::of_saga(conn, user_id, saga_id).await?),
        proofs: some(proofs),
        ledger: some(currency::entries_of_saga(conn, user_id, saga_id).await?),
        ..ListsView::default()
    })
}

/// What an entry of the ledger names: the entries themselves, and the purchase or the act
/// that it is. (A received present is named by its receipt, which nothing else shows.)
async fn of_source(
    conn: &mut Conn,
    user_id: UserId,
    source_id: SourceId,
) -> Result<ListsView, ApiError> {
    let (only, limit) = (Some(PurchaseId(source_id.0)), Limit::default());
    let act = operator_log::find(conn, ActId(source_id.0)).await?;
    let act = act.filter(|act| act.entry.user_id == Some(user_id));
    Ok(ListsView {
        purchases: some(purchase::of_player(conn, user_id, only, None, limit).await?.rows),
        purchase_changes: some(
            purchase::changes_of_player(conn, user_id, only, None, limit).await?.rows,
        ),
        refused_purchases: some(
            purchase::refused_of_player(conn, user_id, only, None, limit).await?.rows,
        ),
        pending_purchases: some(pending::of_player(conn, user_id, only, None, limit).await?.rows),
        ledger: some(currency::entries_of_source(conn, user_id, source_id).await?),
        acts: some(act.into_iter().collect()),
        ..ListsView::default()
    })
}

/// Rows as they are shown; a list without any is left out.
fn some<T, V: From<T>>(rows: Vec<T>) -> Option<Vec<V>> {
    (!rows.is_empty()).then(|| rows.into_iter().map(V::from).collect())
}
