use serde::Serialize;
use tenjo_domain::{SagaId, SagaStatus};
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_proof::{ALGORITHM, DrawnItem, PoolRules, Proof, Purchase};
use tenjo_saga::{DrawRecord, Saga};
use tenjo_store::{BrokenInvariant, Conn, Db, pool, saga, seed};

#[derive(Serialize)]
pub(crate) struct ProofView {
    proof: Proof,
}

impl Reply for ProofView {}

/// The proof of one draw of the caller. It can be checked once the seed of its
/// period is revealed.
///
/// A draw that failed after it was drawn has a proof too, so that its void number is
/// not hidden. No draw has a proof before it has ended, so that nobody can see a bad
/// draw and then try to make it fail.
///
/// # Errors
/// - `invalid_request` (400): not the id of a saga
/// - `not_found` (404): unknown, another player's, not ended, or failed before
///   anything was drawn
pub(crate) async fn get_draw_proof(db: &Db, call: Call<Player>) -> Result<ProofView, ApiError> {
    let saga_id: SagaId = call.path("saga_id")?.parse().map_err(ApiError::field("saga_id"))?;
    let mut conn = db.acquire().await?;
    let saga = saga::find(&mut conn, saga_id)
        .await?
        .map(|record| record.saga)
        .filter(|saga| saga.user_id == call.user_id() && saga.status.is_final())
        .ok_or(ApiError::NotFound("finished draw"))?;
    let draw = saga.draw.as_ref().ok_or(ApiError::NotFound("finished draw"))?;
    Ok(ProofView { proof: proof(&mut conn, &saga, draw).await? })
}

async fn proof(conn: &mut Conn, saga: &Saga, draw: &DrawRecord) -> Result<Proof, ApiError> {
    let is_void = saga.status != SagaStatus::Completed;
    let results = draw.results.iter().map(drawn_item).collect();
    let document = pool::document(conn, saga.pool_revision).await?;
    let period = seed::find(conn, draw.period_id)
        .await?
        .ok_or_else(|| ApiError::internal(BrokenInvariant::NoSeedPeriod(draw.period_id)))?;
    Ok(Proof {
        algorithm: ALGORITHM.to_owned(),
        saga_id: saga.saga_id.0,
        user_id: saga.user_id.0,
        draw_number: draw.number.get(),
        is_void,
        client_seed: draw.client_seed.as_str().to_owned(),
        period: period.into(),
        pool: PoolRules {
            pool_id: saga.pool_id.to_string(),
            revision: saga.pool_revision.to_string(),
            document,
        },
        purchase: Purchase {
            draw_count: saga.quote.draw_count.get(),
            currency_type: saga.quote.cost.currency_type.to_string(),
            amount: saga.quote.cost.amount.amount(),
            step: saga.quote.step,
            is_free: saga.quote.is_free,
            quoted_at: saga.quote.at,
        },
        state_before: saga.before.clone(),
        state_after: (!is_void).then(|| draw.after.clone()),
        results: (!is_void).then_some(results),
    })
}

fn drawn_item(item: &tenjo_saga::DrawnItem) -> DrawnItem {
    DrawnItem {
        item_master_id: item.item_master_id.to_string(),
        rarity: item.rarity.to_string(),
        is_pickup: item.is_pickup,
    }
}
