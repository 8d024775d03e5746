use serde::Serialize;
use tenjo_domain::{SagaId, ServerSeed};
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_proof::{Inclusion, Proof, Record, leaf};
use tenjo_saga::{DrawRecord, Saga};
use tenjo_store::{BrokenInvariant, Conn, Db, pool, saga, seed, tree};

#[derive(Serialize)]
pub(crate) struct ProofView {
    proof: Proof,
}

impl Reply for ProofView {}

/// The proof of one purchase of the caller. It can be checked once the seed of its
/// period is revealed.
///
/// A purchase that failed after it was drawn has a proof too, so that its void number is
/// not hidden. None has a proof before it has ended, so that nobody can see a bad draw
/// and then try to make it fail.
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
    let period = seed::find(conn, draw.period_id)
        .await?
        .ok_or_else(|| ApiError::internal(BrokenInvariant::NoSeedPeriod(draw.period_id)))?;
    let record = Record::of(saga, draw, &period);
    let text = record.text().map_err(ApiError::internal)?;
    let inclusion = match &period.root {
        Some(root) => {
            let path = tree::path(conn, &period, saga.saga_id).await?;
            let leaf = leaf(&record, &text).map_err(ApiError::internal)?;
            if leaf.root_by(&path) != Ok(*root) {
                return Err(ApiError::internal(BrokenInvariant::NotInTree(saga.saga_id)));
            }
            Some(Inclusion::new(root, &path))
        }
        None => None,
    };
    Ok(Proof {
        record: text,
        pool_document: pool::document(conn, saga.pool_revision).await?,
        seed: period.revealed_seed.as_ref().map(ServerSeed::expose_hex),
        inclusion,
    })
}
