//! Moves a saga to its next status.

use sqlx::types::Json;
use sqlx::{MySql, QueryBuilder};
use tenjo_domain::{FailureReason, SagaStatus};
use tenjo_saga::{Keep, Saga};

use super::row::ResultDocument;
use super::seal::SealKeys;
use crate::{BrokenInvariant, Conn};

/// Moves a locked saga along `path` to the last status of it, or leaves it where it is
/// if there is none, and records what the step keeps, in one statement. If that status
/// is final, a second statement deletes the live key, so that the player may start
/// another draw.
///
/// # Errors
/// When the database fails, or the saga no longer has the status that it was
/// locked with: the lock did not hold, and nothing may commit. Or it has no live key
/// to delete: it ended before, and somebody put its status back.
pub async fn advance(
    conn: &mut Conn,
    saga: &Saga,
    path: &[SagaStatus],
    keep: Keep<'_>,
    keys: &SealKeys,
) -> sqlx::Result<()> {
    let status = path.last().copied().unwrap_or(saga.status);
    let mut update = QueryBuilder::new("update game_gacha.sagas set status = ");
    update.push_bind(status.as_str());
    for reached in path {
        if let Some(column) = time_of(*reached) {
            update.push(", ").push(column).push(" = current_timestamp(6)");
        }
    }
    push(&mut update, keep);
    match keep {
        Keep::Charge(_) => push_seal(&mut update, ", reserve_seal = ", keys.of_reserve(saga)?),
        Keep::Draw(draw) => push_seal(&mut update, ", draw_seal = ", keys.of_draw(saga, draw)?),
        Keep::IsNew(_) | Keep::Failure(_) => {}
    }
    update.push(" where saga_id = ").push_bind(saga.saga_id.0.as_bytes().as_slice());
    update.push(" and status = ").push_bind(saga.status.as_str());
    if matches!(keep, Keep::Draw(_)) {
        update.push(" and draw_number is null"); // nothing is ever drawn again
    }
    if update.build().execute(&mut *conn).await?.rows_affected() != 1 {
        let (saga_id, expected) = (saga.saga_id, saga.status);
        return Err(BrokenInvariant::SagaMoved { saga_id, expected }.into());
    }
    if status.is_final() {
        let done = sqlx::query!(
            "delete from game_gacha.live_sagas where saga_id = ?",
            saga.saga_id.0.as_bytes().as_slice(),
        )
        .execute(conn)
        .await?;
        if done.rows_affected() != 1 {
            return Err(BrokenInvariant::SagaNotLive(saga.saga_id).into());
        }
    }
    Ok(())
}

/// The column with the time at which a saga reached a status. The first status has
/// none: `created_at` is its time.
const fn time_of(status: SagaStatus) -> Option<&'static str> {
    match status {
        SagaStatus::Started => None,
        SagaStatus::CurrencyReserved => Some("currency_reserved_at"),
        SagaStatus::DrawCompleted => Some("draw_completed_at"),
        SagaStatus::ItemGranted => Some("item_granted_at"),
        SagaStatus::Completed => Some("completed_at"),
        SagaStatus::Compensating => Some("compensating_at"),
        SagaStatus::CurrencyRefunded => Some("currency_refunded_at"),
        SagaStatus::Failed => Some("failed_at"),
    }
}

fn push_seal(update: &mut QueryBuilder<MySql>, column: &'static str, seal: Option<[u8; 32]>) {
    if let Some(seal) = seal {
        update.push(column).push_bind(seal.to_vec());
    }
}

fn push(update: &mut QueryBuilder<MySql>, keep: Keep<'_>) {
    match keep {
        Keep::Charge(charge) => {
            update.push(", charged_free_gems = ").push_bind(charge.free_gems.amount());
            update.push(", charged_paid_gems = ").push_bind(charge.paid_gems.amount());
        }
        Keep::Draw(draw) => {
            let results: Vec<_> = draw.results.iter().map(ResultDocument::from).collect();
            update.push(", draw_number = ").push_bind(draw.number.get());
            let seed = &draw.client_seed;
            update.push(", client_seed = ").push_bind(seed.client_seed.as_str().to_owned());
            update.push(", client_seed_origin = ").push_bind(seed.origin.as_str());
            update.push(", client_seed_set_at = ").push_bind(seed.set_at);
            update.push(", salt = ").push_bind(draw.salt.0.to_vec());
            update.push(", seed_period_id = ").push_bind(draw.period_id.0.as_bytes().to_vec());
            update.push(", state_after = ").push_bind(Json(draw.after.clone()));
            update.push(", results = ").push_bind(Json(results));
        }
        Keep::IsNew(is_new) => {
            update.push(", is_new = ").push_bind(Json(is_new.to_vec()));
        }
        Keep::Failure(reason) => {
            update.push(", failure_reason = ").push_bind(FailureReason::as_str(reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saga_is_made_with_its_first_status_and_each_other_has_a_time_of_its_own() {
        let mut columns: Vec<_> = SagaStatus::ALL.iter().copied().filter_map(time_of).collect();
        assert_eq!(time_of(SagaStatus::Started), None);
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), SagaStatus::ALL.len() - 1);
    }
}
