use serde::{Deserialize, Serialize};
use tenjo_domain::SessionId;
use tenjo_http::{ApiError, Call, PlaceTime, Player, Reply, active_user};
use tenjo_store::Db;
use tenjo_store::session::{self, SessionPlace};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct SessionsView {
    sessions: Vec<LoginView>,
    next_cursor: Option<String>,
}

impl Reply for SessionsView {}

#[derive(Serialize)]
struct LoginView {
    session_id: Uuid,
    device_type: Option<&'static str>,
    is_current: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    used_at: OffsetDateTime,
}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    created_at: PlaceTime,
    session_id: Uuid,
}

/// The caller's sessions that may still be renewed, newest first.
///
/// # Errors
/// - `user_suspended` (403)
pub(crate) async fn list_sessions(db: &Db, call: Call<Player>) -> Result<SessionsView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let after = place.map(|Place { created_at, session_id }| SessionPlace {
        began_at: created_at.0,
        session_id: SessionId(session_id),
    });
    let (user_id, current) = (call.user_id(), call.player().session_id);
    let mut conn = db.acquire().await?;
    active_user(&mut conn, user_id).await?;
    let page = session::live(&mut conn, user_id, call.now(), after, limit).await?;
    let next_cursor = call.next_cursor(&page, |session| Place {
        created_at: PlaceTime(session.began_at),
        session_id: session.session_id.0,
    })?;
    let sessions = page.rows.into_iter().map(|session| LoginView {
        session_id: session.session_id.0,
        device_type: session.device_type.map(|device_type| device_type.as_str()),
        is_current: session.session_id == current,
        created_at: session.began_at,
        used_at: session.used_at,
    });
    Ok(SessionsView { sessions: sessions.collect(), next_cursor })
}
