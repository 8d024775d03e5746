//! One transaction in which a player leaves all their devices for a new one.

use tenjo_attestation::Attested;
use tenjo_domain::{
    DeviceEnd, DeviceLogin, PlainLogin, RegistrationId, SessionEnd, TransferCodeHash, UserId,
};
use tenjo_http::ApiError;
use tenjo_sessions::device::{Device, DeviceSessionView};
use tenjo_sessions::{DeletionChoice, may_log_in};
use tenjo_store::device::{self, Registration};
use tenjo_store::{Conn, session, transfer};
use time::OffsetDateTime;

use crate::app::App;

/// A player who has shown their code and its password.
pub(crate) struct Move {
    pub(crate) user_id: UserId,
    pub(crate) code: TransferCodeHash,
    pub(crate) device: Device,
    /// What attests the device, if it needs that.
    pub(crate) attested: Option<Attested>,
    /// Whether the player that the device has may be left without it.
    pub(crate) replaces: bool,
    /// What the request says of a deletion that was asked for.
    pub(crate) choice: Option<DeletionChoice>,
    pub(crate) now: OffsetDateTime,
}

/// Uses the code up, ends all old devices and sessions, registers the new device and
/// begins a session on it. The caller commits all of that, or rolls it back.
pub(crate) async fn carry_out(
    app: &App,
    conn: &mut Conn,
    order: &Move,
) -> Result<DeviceSessionView, ApiError> {
    let &Move { user_id, code, ref device, now, .. } = order;
    // In the order of locks of `tenjo_store::session`. Of several who show the same code at
    // once, one gets past this.
    if !transfer::use_up(conn, user_id, code, now).await? {
        return Err(ApiError::TransferRefused);
    }
    if let Some(attested) = &order.attested {
        attested.use_up(conn).await?;
    }
    let taken = device::lock(conn, device.hashes, device.sent).await?;
    // A login that runs meanwhile is over before its session is looked for.
    device::end_all_but(conn, user_id, None, DeviceEnd::Transferred).await?;
    // A code goes with its player, so there is one.
    let user = may_log_in(conn, user_id, order.choice).await?;
    let user = user.ok_or(ApiError::TransferRefused)?;
    session::end_all_but(conn, user_id, None, SessionEnd::Transferred).await?;
    let registration_id = match taken {
        None => register(conn, device, user_id).await?,
        Some(taken) => {
            leave(conn, app.plain_login, &taken, order).await?;
            device::reassign(conn, &taken, device.hashes, user_id, device.device_type).await?
        }
    };
    let on = device.registered(registration_id);
    app.sessions.begin_on(conn, &user, on, true, now).await
}

async fn register(
    conn: &mut Conn,
    device: &Device,
    user_id: UserId,
) -> Result<RegistrationId, ApiError> {
    let done = device::register(conn, device.hashes.now, user_id, device.device_type).await?;
    // Another request of the same device has just registered it.
    done.ok_or_else(|| ApiError::TryLater("the device was registered meanwhile".into()))
}

/// Takes a device from the player whom it logs in, if that is somebody else. Whoever asks
/// has to be able to log in as that player, or could take any device by its id.
async fn leave(
    conn: &mut Conn,
    plain: PlainLogin,
    taken: &Registration,
    order: &Move,
) -> Result<(), ApiError> {
    if taken.user_id == order.user_id {
        return Ok(());
    }
    match taken.credential.login(order.device.sent, plain) {
        DeviceLogin::Ended(_) => return Ok(()),
        DeviceLogin::SecretRequired => return Err(ApiError::DeviceSecretRequired),
        DeviceLogin::Known | DeviceLogin::Shown | DeviceLogin::Unproven => {}
    }
    if !order.replaces {
        return Err(ApiError::DeviceHasPlayer);
    }
    let (left, registration_id) = (taken.user_id, taken.registration_id);
    session::end_on_device(conn, left, registration_id, SessionEnd::Replaced).await?;
    Ok(())
}
