use serde::{Deserialize, Serialize};
use tenjo_domain::{TransferCode, TransferPassword};
use tenjo_http::{ApiError, Call, HasDb, Player, Reply, may_change_access};
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
}

#[derive(Serialize)]
pub(crate) struct NewCodeView {
    transfer_code: String,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

impl Reply for NewCodeView {}

/// Makes a code by which the caller can move to another device, with a password of their
/// choice. It takes the place of the code before it.
///
/// # Errors
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
pub(crate) async fn create_transfer_code(
    app: &App,
    call: Call<Player, TransferCodeRequest>,
) -> Result<NewCodeView, ApiError> {
    let (user_id, player) = (call.user_id(), call.player());
    let expires_at = call.now() + TransferCode::LIFETIME;
    let password =
        TransferPassword::new(call.body.password).map_err(ApiError::field("password"))?;
    // Before the transaction: hashing is slow on purpose.
    let password_hash = app.passwords.hash(&password).map_err(ApiError::internal)?;
    // The generator is cryptographic, and seeded by the system.
    let code = TransferCode::of(rand::random());
    let mut tx = app.db.begin().await?;
    transfer::replace(&mut tx, user_id, code.hash(), &password_hash, expires_at).await?;
    // Last, as in the order of locks of `tenjo_store::session`: a transfer that was going on,
    // for which the code's row was waited for, has ended this session. Whoever is about to
    // end it waits, and finds the code: the first code of a player has no row to wait for.
    may_change_access(&mut tx, player).await?;
    tx.commit().await?;
    Ok(NewCodeView { transfer_code: code.shown(), expires_at })
}
