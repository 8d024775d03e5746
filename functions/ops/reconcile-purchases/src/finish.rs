//! Finishes one pending purchase.

use tenjo_domain::Store;
use tenjo_purchases::{AskError, Asked, Settled, ask_and_settle, consume_booked};
use tenjo_store::pending::{self, Due, Pending, PendingStep};
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

/// Does what is left to do.
///
/// # Errors
/// When the database or the store fails. The next attempt comes by itself.
pub(crate) async fn finish(app: &App, due: &Due) -> Result<Finished, AskError> {
    let Due { pending, step, .. } = due;
    let mut conn = app.db().acquire().await?;
    if !pending::take(&mut conn, pending.purchase_id).await? {
        return Ok(Finished::TakenByAnother);
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

/// Books what Apple signed. It was verified when it came in, and is verified again.
async fn book_signed(
    app: &App,
    pending: &Pending,
    now: OffsetDateTime,
) -> Result<Finished, AskError> {
    let signed = pending.signed_transaction.as_deref().unwrap_or_default();
    let transaction = match app.apple.transaction(signed, now) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::warn!(purchase.id = %pending.purchase_id, "pending receipt refused: {error}");
            pending::finish(&mut *app.db().acquire().await?, pending.purchase_id).await?;
            return Ok(Finished::Closed);
        }
    };
    let mut tx = app.db().begin().await?;
    let settled = app.google.register.settle(&mut tx, &transaction, None).await?;
    pending::finish(&mut tx, pending.purchase_id).await?;
    tx.commit().await?;
    Ok(if matches!(settled, Settled::Booked(_)) { Finished::Booked } else { Finished::Closed })
}
