use serde::Serialize;
use tenjo_http::{ApiError, Call, Player, Reply, active_user};
use tenjo_store::{Db, transfer};
use time::OffsetDateTime;

#[derive(Serialize)]
pub(crate) struct TransferCodeView {
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    used_at: Option<OffsetDateTime>,
    is_locked: bool,
}

impl Reply for TransferCodeView {}

/// When the caller's transfer code was made, until when it is good, and when it was used.
/// Nobody can read the code itself again.
///
/// # Errors
/// - `user_suspended` (403)
/// - `not_found` (404): none was made, or its row is gone 30 days after it expired
pub(crate) async fn get_transfer_code(
    db: &Db,
    call: Call<Player>,
) -> Result<TransferCodeView, ApiError> {
    let mut conn = db.acquire().await?;
    active_user(&mut conn, call.user_id()).await?;
    let made = transfer::find(&mut conn, call.user_id()).await?;
    let made = made.ok_or(ApiError::NotFound("transfer code"))?;
    Ok(TransferCodeView {
        made_at: made.made_at,
        expires_at: made.expires_at,
        used_at: made.used_at,
        is_locked: made.is_locked,
    })
}
