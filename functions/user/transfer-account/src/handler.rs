use serde::Deserialize;
use tenjo_attestation::{AttestationFields, Attestations, Sent};
use tenjo_domain::{NetworkAct, TransferCode, TransferCodeHash, TransferPassword, UserId};
use tenjo_http::{Anyone, ApiError, Call, Network};
use tenjo_sessions::DeletionChoice;
use tenjo_sessions::device::{Device, DeviceFields, DeviceSessionView};
use tenjo_store::{network, transfer};

use crate::app::App;
use crate::moving::{self, Move};

#[derive(Deserialize)]
pub(crate) struct TransferRequest {
    transfer_code: String,
    password: String,
    device_id: String,
    device_type: String,
    device_name: Option<String>,
    device_secret: Option<String>,
    /// What attests the device.
    attestation: Option<AttestationFields>,
    replace_player: Option<bool>,
    /// That the player keeps an account which is to be deleted.
    deletion: Option<DeletionChoice>,
}

/// Moves a player to the device that asks, by their code and its password. Whatever
/// logged them in before ends.
///
/// A try is counted before its password is checked, for the network and for the code, so
/// that no number of tries at once gets past the limits. A code that is unknown, used,
/// expired or locked is answered as a wrong password is, and takes as long.
///
/// If the installation asks for it, the device must be attested first, whether it was here
/// before or not.
///
/// # Errors
/// - `attestation_required` (401): it sent no attestation, so nothing was tried
/// - `attestation_invalid` (422): what it sent is not believed, or was used before
/// - `transfer_refused` (401): no valid code has this password
/// - `device_secret_required` (401): the device has a player, and its secret was not sent
/// - `user_suspended` (403)
/// - `user_deleting` (403): the account is to be deleted, and the request does not cancel it
/// - `device_has_player` (409): the request does not say that it may be replaced
/// - `too_many_requests` (429): the network has tried enough codes in this hour
pub(crate) async fn transfer_account(
    app: &App,
    call: Call<Anyone, TransferRequest>,
) -> Result<DeviceSessionView, ApiError> {
    let (now, network) = (call.now(), call.network());
    let body = call.body;
    let code = TransferCode::read(&body.transfer_code).map_err(ApiError::field("transfer_code"))?;
    let password = TransferPassword::new(body.password).map_err(ApiError::field("password"))?;
    let fields = DeviceFields {
        device_id: body.device_id,
        device_type: body.device_type,
        device_name: body.device_name,
        device_secret: body.device_secret,
    };
    let device = Device::read(&app.device_keys, fields)?;
    let sent = body.attestation.map(Sent::read).transpose()?;
    if app.attestations.is_some() && sent.is_none() {
        return Err(Attestations::ask(&app.device_keys, &device, now));
    }
    if !admit(app, network?).await? {
        return Err(ApiError::too_many(now, 3600));
    }
    let attested = match (&app.attestations, sent) {
        (Some(attestations), Some(sent)) => {
            Some(attestations.check(&app.device_keys, &device, &sent, now).await?)
        }
        _ => None,
    };
    let tried = transfer::try_code(&mut *app.db.acquire().await?, code.hash(), now).await?;
    let user_id = owner(app, tried, &password)?.ok_or(ApiError::TransferRefused)?;
    let replaces = body.replace_player.unwrap_or(false);
    let (code_hash, choice) = (code.hash(), body.deletion);
    let order = Move { user_id, code: code_hash, device, attested, replaces, choice, now };
    let mut tx = app.db.begin().await?;
    let moved = moving::carry_out(app, &mut tx, &order).await;
    if moved.is_ok() {
        tx.commit().await?;
        tracing::info!(%user_id, "a player was moved to another device");
    } else {
        tx.rollback().await?;
    }
    if moved.as_ref().is_err_and(|error| !matches!(error, ApiError::TransferRefused)) {
        // The password was right, so nobody has guessed. That this fails is told, and does not
        // hide why the player was not moved.
        if let Err(error) = take_back(app, code.hash()).await {
            tracing::error!(%error, "a try of a transfer code stays counted");
        }
    }
    moved
}

/// Takes back that a try of a code was counted.
async fn take_back(app: &App, code: TransferCodeHash) -> Result<(), ApiError> {
    Ok(transfer::take_back(&mut *app.db.acquire().await?, code).await?)
}

/// Counts a try of a network, in a transaction of its own: it counts whatever comes of it.
async fn admit(app: &App, network: Network) -> Result<bool, ApiError> {
    let (network, most) = (app.device_keys.network_hash(network), app.most_tries_per_hour);
    let mut conn = app.db.acquire().await?;
    Ok(network::admit(&mut conn, network, NetworkAct::Transfer, most).await?)
}

/// Whose code it is, if the password is right. Without a code it takes as long to say no.
fn owner(
    app: &App,
    tried: Option<transfer::Tried>,
    password: &TransferPassword,
) -> Result<Option<UserId>, ApiError> {
    let kept = tried.as_ref().map(|tried| tried.password_hash.as_str());
    let is_right = app.passwords.verify(kept, password).map_err(ApiError::internal)?;
    Ok(tried.filter(|_| is_right).map(|tried| tried.user_id))
}
