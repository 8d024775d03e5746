//! Starts sagas, and takes the key that only one live saga of a player can hold.

use sqlx::types::Json;
use tenjo_domain::{
    ClientSeed, ClientSeedOrigin, DrawGroup, DrawNumber, FailureReason, PoolId, SagaId, UserId,
};
use tenjo_saga::{FIRST_RUN_SECONDS, NewSaga, RESERVE_WITHIN_SECONDS};

use crate::error::unless_duplicate;
use crate::{Conn, uuid};

/// Makes a saga the player's only live one in its draw group and its pool; `false`
/// if another one is live. The caller then rolls back.
///
/// # Errors
/// When the database fails.
pub async fn take_live_key(
    conn: &mut Conn,
    user_id: UserId,
    draw_group: &DrawGroup,
    pool_id: &PoolId,
    saga_id: SagaId,
) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "insert into game_gacha.live_sagas
           (user_id, draw_group, pool_id, saga_id, next_attempt_at)
         values (?, ?, ?, ?, current_timestamp(6) + interval ? second)",
        user_id.0.as_bytes().as_slice(),
        draw_group.as_str(),
        pool_id.as_str(),
        saga_id.0.as_bytes().as_slice(),
        FIRST_RUN_SECONDS,
    )
    .execute(conn)
    .await;
    unless_duplicate(taken)
}

/// Records a new saga, as started or as refused; `false` if one with its id exists.
/// The caller then rolls back.
///
/// # Errors
/// When the database fails.
pub async fn record(conn: &mut Conn, saga: &NewSaga) -> sqlx::Result<bool> {
    let client_seed = saga.client_seed.as_ref();
    let recorded = sqlx::query!(
        "insert into game_gacha.sagas
           (saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count,
            rate_up_guarantee, draw_count, step, is_free, quoted_at, state_before, status,
            failure_reason, cost_currency_type, cost_amount, point_group, points, client_seed,
            client_seed_origin, client_seed_set_at, expected_draw_number, reserve_before,
            failed_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                 current_timestamp(6) + interval ? second,
                 if(?, current_timestamp(6), null))",
        saga.saga_id.0.as_bytes().as_slice(),
        saga.user_id.0.as_bytes().as_slice(),
        saga.fingerprint.0.as_slice(),
        saga.pool_id.as_str(),
        saga.pool_revision.0.as_slice(),
        saga.pity.as_ref().map(|pity| pity.group.as_str()),
        saga.pity.as_ref().map(|pity| pity.max_count),
        saga.pity.as_ref().is_some_and(|pity| pity.rate_up_guarantee),
        saga.quote.draw_count.get(),
        saga.quote.step,
        saga.quote.is_free,
        saga.quote.at,
        Json(&saga.before),
        saga.status().as_str(),
        saga.refused.map(FailureReason::as_str),
        saga.quote.cost.currency_type.as_str(),
        saga.quote.cost.amount.amount(),
        saga.points.as_ref().map(|points| points.group.as_str()),
        saga.points.as_ref().map_or(0, |points| points.amount.amount()),
        client_seed.map(ClientSeed::as_str),
        client_seed.map(|_| ClientSeedOrigin::Draw.as_str()),
        client_seed.map(|_| saga.quote.at),
        saga.expected_draw_number.map(DrawNumber::get),
        RESERVE_WITHIN_SECONDS,
        saga.refused.is_some(),
    )
    .execute(conn)
    .await;
    unless_duplicate(recorded)
}

/// The live saga that keeps a player from another draw in a group or from a pool,
/// if there is one.
///
/// # Errors
/// When the database fails.
pub async fn find_live(
    conn: &mut Conn,
    user_id: UserId,
    draw_group: &DrawGroup,
    pool_id: &PoolId,
) -> sqlx::Result<Option<SagaId>> {
    let live = sqlx::query!(
        "select saga_id from game_gacha.live_sagas
         where user_id = ? and (draw_group = ? or pool_id = ?) limit 1",
        user_id.0.as_bytes().as_slice(),
        draw_group.as_str(),
        pool_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    live.map(|live| Ok(SagaId(uuid(&live.saga_id)?))).transpose()
}
