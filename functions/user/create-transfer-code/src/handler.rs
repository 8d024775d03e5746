use serde::{Deserialize, Serialize};
use tenjo_domain::{TransferCode, TransferPassword};
use tenjo_http::{ApiError, Call, HasDb, Player, RefreshToken, Reply, may_add_access};
use tenjo_passwords::Passwords;
use tenjo_store::{Db, transfer};
use time::OffsetDateTime;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) passwords: Passwords,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Deserialize)]
pub(crate) struct TransferCodeRequest {
    password: String,
    refresh_token: String,
}

#[derive(Serialize)]
pub(crate) struct NewCodeView {
    transfer_code: String,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

impl Reply for NewCodeView {}

/// Makes a code by which the caller can move to another device, with a password of their
/// choice. It takes the place of the code before it. Whoever uses it has the player, so the
/// caller shows the session's refresh token.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `refresh_token_required` (403): it is not the session's
pub(crate) async fn create_transfer_code(
    app: &App,
    call: Call<Player, TransferCodeRequest>,
) -> Result<NewCodeView, ApiError> {
    let (user_id, player, now) = (call.user_id(), call.player(), call.now());
    let expires_at = now + TransferCode::LIFETIME;
    let TransferCodeRequest { password, refresh_token } = call.body;
    let password = TransferPassword::new(password).map_err(ApiError::field("password"))?;
    let sent = RefreshToken::new(refresh_token).map_err(ApiError::field("refresh_token"))?;
    // Before the transaction: hashing is slow on purpose.
    let password_hash = app.passwords.hash(&password).map_err(ApiError::internal)?;
    // The generator is cryptographic, and seeded by the system.
    let code = TransferCode::of(rand::random());
    let mut tx = app.db.begin().await?;
    transfer::replace(&mut tx, user_id, code.hash(), &password_hash, expires_at).await?;
    // Last, as in the order of locks of `tenjo_store::session`: a transfer that was going on,
    // for which the code's row was waited for, has ended this session. Whoever is about to
    // end it waits, and finds the code: the first code of a player has no row to wait for.
    may_add_access(&mut tx, player, &sent, now).await?;
    tx.commit().await?;
    Ok(NewCodeView { transfer_code: code.shown(), expires_at })
}
