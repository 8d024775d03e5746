use serde::Serialize;
use tenjo_http::{ApiError, Call, Player, Reply, active_user};
use tenjo_store::{Db, transfer};
use time::OffsetDateTime;

#[derive(Serialize)]
struct TransferCodeView {
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    used_at: Option<OffsetDateTime>,
    is_locked: bool,
}

/// What there is of the caller's; `null` if nothing is.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct KnownCode(Option<TransferCodeView>);

impl Reply for KnownCode {}

/// When the caller's transfer code was made, until when it is good, and when it was used.
/// Nobody can read the code itself again. Nothing, if none was made, or if its row is gone
/// 30 days after it expired: that is no error, because a game asks for each player.
///
/// # Errors
/// - `user_suspended` (403)
pub(crate) async fn get_transfer_code(db: &Db, call: Call<Player>) -> Result<KnownCode, ApiError> {
    let mut conn = db.acquire().await?;
    active_user(&mut conn, call.user_id()).await?;
    let made = transfer::find(&mut conn, call.user_id()).await?;
    Ok(KnownCode(made.map(|code| TransferCodeView {
        made_at: code.made_at,
        expires_at: code.expires_at,
        used_at: code.used_at,
        is_locked: code.is_locked,
    })))
}
