use serde::Deserialize;
use tenjo_domain::{
    AccountToken, CurrencyType, DeviceId, DeviceType, DisplayName, PlayerId, UserId,
};
use tenjo_http::{Anyone, ApiError, Call, Network};
use tenjo_sessions::{DeletionChoice, SessionView, may_log_in};
use tenjo_store::user::{self, DeviceHash, User};
use tenjo_store::{BrokenInvariant, Conn, currency, guest};
use uuid::Uuid;

use crate::app::App;

#[derive(Deserialize)]
pub(crate) struct GuestRequest {
    device_id: String,
    device_type: String,
    device_name: Option<String>,
    /// That the player keeps an account which is to be deleted.
    deletion: Option<DeletionChoice>,
}

/// The device of a request.
struct Device {
    hash: DeviceHash,
    device_type: DeviceType,
}

/// The name that other players see until the guest chooses one.
const FIRST_NAME: &str = "Guest";

const MAX_DEVICE_NAME_LEN: usize = 100;

/// How many player ids are tried. There are 10¹² of them, so even two in a row that
/// are taken are unlikely.
const PLAYER_ID_TRIES: u32 = 8;

/// Logs a device in: as its player, or for the first time as a new guest with
/// starting gems.
///
/// Logging in again is not limited here. New guests are, for each network: whoever
/// makes them without end gets starting gems without end.
///
/// # Errors
/// - `user_suspended` (403)
/// - `user_deleting` (403): the account is to be deleted, and the request does not cancel it
/// - `too_many_requests` (429): the network has made enough guests in this hour
pub(crate) async fn create_guest_session(
    app: &App,
    call: Call<Anyone, GuestRequest>,
) -> Result<SessionView, ApiError> {
    let (now, network) = (call.now(), call.network());
    let choice = call.body.deletion;
    let device = read(app, call.body)?;
    let mut tx = app.db.begin().await?;
    let user = match user::find_by_device(&mut tx, device.hash).await? {
        Some(user) => user,
        None => match create(app, &mut tx, &device, network?).await? {
            Created::Guest(user) => user,
            Created::NoMore => return Err(ApiError::too_many(now, 3600)),
            Created::ByAnother => {
                // A concurrent first login of this device won. A new transaction sees
                // what it wrote.
                tx.rollback().await?;
                tx = app.db.begin().await?;
                let user = user::find_by_device(&mut tx, device.hash).await?;
                user.ok_or_else(|| ApiError::internal(BrokenInvariant::DeviceWithoutPlayer))?
            }
        },
    };
    may_log_in(&mut tx, &user, choice).await?;
    let session = app.sessions.begin(&mut tx, &user, now).await?;
    tx.commit().await?;
    Ok(session)
}

fn read(app: &App, body: GuestRequest) -> Result<Device, ApiError> {
    let device_id = DeviceId::new(body.device_id).map_err(ApiError::field("device_id"))?;
    // Part of the API, and of no use to the game: it is checked, and not stored.
    if body.device_name.is_some_and(|name| name.chars().count() > MAX_DEVICE_NAME_LEN) {
        return Err(ApiError::invalid("device_name", "must have at most 100 characters"));
    }
    Ok(Device {
        hash: app.device_hash(&device_id),
        device_type: body.device_type.parse().map_err(ApiError::field("device_type"))?,
    })
}

/// What became of an attempt to create a guest.
enum Created {
    Guest(User),
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
) -> Result<Created, ApiError> {
    let user_id = UserId(Uuid::new_v4());
    if !user::register_device(conn, device.hash, user_id, device.device_type).await? {
        return Ok(Created::ByAnother);
    }
    add_user(conn, user_id).await?;
    currency::open(conn, user_id, CurrencyType::FreeGem, app.gift.free_gems).await?;
    currency::open(conn, user_id, CurrencyType::PaidGem, app.gift.paid_gems).await?;
    // Last, because other guests of the network wait from here to the end.
    if !guest::admit(conn, app.network_hash(network), app.most_guests_per_hour).await? {
        return Ok(Created::NoMore);
    }
    let user = user::find(conn, user_id).await?;
    Ok(Created::Guest(user.ok_or_else(|| ApiError::internal("a new guest is gone"))?))
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
