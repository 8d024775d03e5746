use serde::{Deserialize, Serialize};
use tenjo_domain::BirthMonth;
use tenjo_http::{ApiError, Call, Player, Reply, may_change};
use tenjo_store::{Db, purchase};

#[derive(Deserialize)]
pub(crate) struct BirthMonthRequest {
    birth_month: String,
}

#[derive(Serialize)]
pub(crate) struct BirthMonthView {
    birth_month: String,
}

impl Reply for BirthMonthView {}

/// Writes down the month in which the caller was born, once. Monthly limits depend on
/// it, so only an operator can have it forgotten, and then it is given once more.
///
/// # Errors
/// - `invalid_request` (400): no month of the past
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `birth_month_set` (409): another month was given before
pub(crate) async fn set_birth_month(
    db: &Db,
    call: Call<Player, BirthMonthRequest>,
) -> Result<BirthMonthView, ApiError> {
    let (player, user_id) = (call.player(), call.user_id());
    let born = BirthMonth::read(&call.body.birth_month, call.now())
        .map_err(ApiError::field("birth_month"))?;
    let mut tx = db.begin().await?;
    may_change(&mut tx, player).await?;
    purchase::set_birth_month(&mut tx, user_id, born).await?;
    tx.commit().await?;
    // Outside the transaction, so that a month which another request wrote is seen.
    let stored = purchase::birth_month(&mut *db.acquire().await?, user_id).await?;
    if stored != Some(born) {
        return Err(ApiError::BirthMonthSet);
    }
    Ok(BirthMonthView { birth_month: call.body.birth_month })
}
