use serde::Deserialize;
use tenjo_attestation::{AttestationFields, Attestations, Attested, Sent};
use tenjo_domain::{
    AccountToken, CurrencyType, DisplayName, NetworkAct, PlayerId, RegistrationId, UserId,
};
use tenjo_http::{Anyone, ApiError, Call, Network};
use tenjo_sessions::device::{Device, DeviceFields, DeviceSessionView, Known, enter};
use tenjo_sessions::{DeletionChoice, may_log_in};
use tenjo_store::{BrokenInvariant, Conn, currency, device, network, user};
use uuid::Uuid;

use crate::app::App;

#[derive(Deserialize)]
pub(crate) struct GuestRequest {
    device_id: String,
    device_type: String,
    device_name: Option<String>,
    device_secret: Option<String>,
    /// What attests a new device.
    attestation: Option<AttestationFields>,
    /// That the player keeps an account which is to be deleted.
    deletion: Option<DeletionChoice>,
}

/// The name that other players see until the guest chooses one.
const FIRST_NAME: &str = "Guest";

/// How many player ids are tried. There are 10¹² of them, so even two in a row that
/// are taken are unlikely.
const PLAYER_ID_TRIES: u32 = 8;

/// Logs a device in: as its player, or for the first time as a new guest with
/// starting gems. A device that has not shown its secret yet is given one.
///
/// Logging in again is not limited here. New guests are, for each network: whoever
/// makes them without end gets starting gems without end. If the installation asks for
/// it, a device must be attested before it gets a player.
///
/// # Errors
/// - `attestation_required` (401): the device has no player, and sent no attestation
/// - `attestation_invalid` (422): what it sent is not believed, or was used before
/// - `device_secret_required` (401): the device has a secret, and it was not sent
/// - `account_transferred`, `device_removed` (401): the device has no player any more
/// - `user_suspended` (403)
/// - `user_deleting` (403): the account is to be deleted, and the request does not cancel it
/// - `too_many_requests` (429): the network has made enough guests in this hour, or had
///   enough attestations checked
pub(crate) async fn create_guest_session(
    app: &App,
    mut call: Call<Anyone, GuestRequest>,
) -> Result<DeviceSessionView, ApiError> {
    let (now, network, keys) = (call.now(), call.network(), &app.device_keys);
    let choice = call.body.deletion;
    let sent = call.body.attestation.take().map(Sent::read).transpose()?;
    let device = Device::read(keys, call.body.into())?;
    let mut tx = app.db.begin().await?;
    let login: Login = match enter(&mut tx, &device, app.plain_login).await? {
        Some(known) => known.into(),
        None => {
            let (network, mut attested) = (network?, None);
            if let Some(attestations) = &app.attestations {
                // Nothing stays locked while Google is asked.
                tx.rollback().await?;
                let sent = sent.ok_or_else(|| Attestations::ask(keys, &device, now))?;
                // Whoever sends rubbish makes us ask Google, whose quota is for everybody.
                if !admit_attestation(app, network).await? {
                    return Err(ApiError::too_many(now, 3600));
                }
                attested = Some(attestations.check(keys, &device, &sent, now).await?);
                tx = app.db.begin().await?;
            }
            match create(app, &mut tx, &device, network, attested.as_ref()).await? {
                Created::Guest(login) => login,
                Created::NoMore => return Err(ApiError::too_many(now, 3600)),
                Created::ByAnother => {
                    // A concurrent first login of this device won. A new transaction sees
                    // what it wrote.
                    tx.rollback().await?;
                    tx = app.db.begin().await?;
                    let known = enter(&mut tx, &device, app.plain_login).await?;
                    known.ok_or_else(without_player)?.into()
                }
            }
        }
    };
    let user = may_log_in(&mut tx, login.user_id, choice).await?;
    let user = user.ok_or_else(without_player)?;
    let on = device.registered(login.registration_id);
    let session = app.sessions.begin_on(&mut tx, &user, on, login.needs_secret, now).await?;
    tx.commit().await?;
    Ok(session)
}

impl From<GuestRequest> for DeviceFields {
    fn from(body: GuestRequest) -> Self {
        let GuestRequest { device_id, device_type, device_name, device_secret, .. } = body;
        Self { device_id, device_type, device_name, device_secret }
    }
}

/// Counts an attestation of a network, in a transaction of its own: it counts whatever
/// comes of it.
async fn admit_attestation(app: &App, network: Network) -> Result<bool, ApiError> {
    let (network, most) = (app.device_keys.network_hash(network), app.most_attestations_per_hour);
    let mut conn = app.db.acquire().await?;
    Ok(network::admit(&mut conn, network, NetworkAct::Attestation, most).await?)
}

fn without_player() -> ApiError {
    ApiError::internal(BrokenInvariant::DeviceWithoutPlayer)
}

/// Whom a device logs in.
struct Login {
    user_id: UserId,
    registration_id: RegistrationId,
    needs_secret: bool,
}

impl From<Known> for Login {
    fn from(Known { registration, needs_secret }: Known) -> Self {
        let (user_id, registration_id) = (registration.user_id, registration.registration_id);
        Self { user_id, registration_id, needs_secret }
    }
}

/// What became of an attempt to create a guest.
enum Created {
    Guest(Login),
    /// The device has a player by now.
    ByAnother,
    /// The network may make no more guests in this hour.
    NoMore,
}

/// Creates a guest with its balances. Otherwise the caller rolls back.
async fn create(
    app: &App,
    conn: &mut Conn,
    device: &Device,
    network: Network,
    attested: Option<&Attested>,
) -> Result<Created, ApiError> {
    let user_id = UserId(Uuid::new_v4());
    let (hash, device_type) = (device.hashes.now, device.device_type);
    let Some(registration_id) = device::register(conn, hash, user_id, device_type).await? else {
        return Ok(Created::ByAnother);
    };
    if let Some(attested) = attested {
        attested.use_up(conn).await?;
    }
    add_user(conn, user_id).await?;
    currency::open(conn, user_id, CurrencyType::FreeGem, app.gift.free_gems).await?;
    currency::open(conn, user_id, CurrencyType::PaidGem, app.gift.paid_gems).await?;
    // Last, because other guests of the network wait from here to the end.
    let (network, most) = (app.device_keys.network_hash(network), app.most_guests_per_hour);
    if !network::admit(conn, network, NetworkAct::Guest, most).await? {
        return Ok(Created::NoMore);
    }
    Ok(Created::Guest(Login { user_id, registration_id, needs_secret: true }))
}

async fn add_user(conn: &mut Conn, user_id: UserId) -> Result<(), ApiError> {
    let name = DisplayName::new(FIRST_NAME).map_err(ApiError::internal)?;
    let token = AccountToken(Uuid::new_v4());
    for _ in 0..PLAYER_ID_TRIES {
        let number = rand::random_range(0..PlayerId::COUNT);
        let player_id = PlayerId::new(number).map_err(ApiError::internal)?;
        if user::create_guest(conn, user_id, &player_id, &name, token).await? {
            return Ok(());
        }
    }
    Err(ApiError::internal("every player id that was tried is taken"))
}
