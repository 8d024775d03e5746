use tenjo_http::{ApiError, Call, Player};
use tenjo_store::{Db, client_seed};
use tenjo_views::ClientSeedView;

/// The caller's client seed, and the number of their next draw.
pub(crate) async fn get_client_seed(
    db: &Db,
    call: Call<Player>,
) -> Result<ClientSeedView, ApiError> {
    let mut conn = db.acquire().await?;
    Ok(client_seed::find(&mut conn, call.user_id()).await?.into())
}
