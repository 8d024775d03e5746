use serde::Deserialize;
use tenjo_domain::ClientSeed;
use tenjo_http::{ApiError, Call, Player, may_change};
use tenjo_store::{Db, client_seed};
use tenjo_views::ClientSeedView;

#[derive(Deserialize)]
pub(crate) struct UpdateClientSeedRequest {
    client_seed: String,
}

/// Sets the caller's client seed, from their next draw on.
///
/// A draw that has its number already keeps the seed that it was drawn with.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `client_seed_changed_too_often` (409): ten times on this day, in UTC
pub(crate) async fn update_client_seed(
    db: &Db,
    call: Call<Player, UpdateClientSeedRequest>,
) -> Result<ClientSeedView, ApiError> {
    let (player, user_id, now) = (call.player(), call.user_id(), call.now());
    let own = ClientSeed::new(call.body.client_seed).map_err(ApiError::field("client_seed"))?;
    let mut tx = db.begin().await?;
    may_change(&mut tx, player).await?;
    let next = client_seed::set(&mut tx, user_id, &own, now).await?;
    let next = next.ok_or(ApiError::SeedChangedTooOften)?;
    tx.commit().await?;
    Ok(next.into())
}
