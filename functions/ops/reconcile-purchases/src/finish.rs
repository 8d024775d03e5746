//! Finishes one pending purchase.

use tenjo_domain::Store;
use tenjo_purchases::{AskError, Asked, Settled, ask_and_settle, consume_booked, is_dismissed};
use tenjo_store::pending::{self, Due, Pending, PendingStep};
use tenjo_stores::apple::ReceiptError;
use time::OffsetDateTime;

use crate::app::App;

/// What came of it.
pub(crate) enum Finished {
    /// Another run has it.
    TakenByAnother,
    Booked,
    Consumed,
    /// No gems are due.
    Closed,
}

/// Why it is not finished. It stays pending.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FinishError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("its receipt is no longer believed: {0}")]
    Receipt(#[from] ReceiptError),
}

/// Does what is left to do.
///
/// # Errors
/// When the database or the store fails. The next attempt comes by itself.
pub(crate) async fn finish(app: &App, due: &Due) -> Result<Finished, FinishError> {
    let Due { pending, step, .. } = due;
    let mut conn = app.db().acquire().await?;
    if !pending::take(&mut conn, pending.purchase_id).await? {
        return Ok(Finished::TakenByAnother);
    }
    // Its store told of it once more. Asking again would come to what it came to before,
    // unless an operator has booked it since: then its store has still to be told.
    if *step == PendingStep::Book && is_dismissed(&mut conn, pending.purchase_id).await? {
        pending::finish_unbooked(&mut conn, pending.purchase_id).await?;
        return Ok(Finished::Closed);
    }
    let (_, now) = pending::asked_until(&mut conn, pending.store).await?;
    drop(conn);
    match (pending.store, step) {
        (Store::Apple, _) => book_signed(app, pending, now).await,
        (Store::Google, PendingStep::Consume) => {
            consume_booked(&app.google, pending, now).await?;
            Ok(Finished::Consumed)
        }
        // For the player whom Google names, whoever sent it.
        (Store::Google, PendingStep::Book) => {
            match ask_and_settle(&app.google, pending, None, now).await? {
                Asked::Settled(Settled::Booked(_)) => Ok(Finished::Booked),
                _ => Ok(Finished::Closed),
            }
        }
    }
}

/// Books what Apple signed. It was verified when it came in, and is verified again. If
/// that fails, somebody may have paid and our settings be wrong, so it stays.
async fn book_signed(
    app: &App,
    pending: &Pending,
    now: OffsetDateTime,
) -> Result<Finished, FinishError> {
    let signed = pending.signed_transaction.as_deref().unwrap_or_default();
    let transaction = app.apple.transaction(signed, now)?;
    let mut tx = app.db().begin().await?;
    let settled = app.google.register.settle(&mut tx, &transaction, None).await?;
    pending::finish(&mut tx, pending.purchase_id).await?;
    tx.commit().await?;
    Ok(if matches!(settled, Settled::Booked(_)) { Finished::Booked } else { Finished::Closed })
}
