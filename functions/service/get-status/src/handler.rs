use serde::Serialize;
use tenjo_domain::{Maintenance, ServiceStatus};
use tenjo_http::{Anyone, ApiError, Call, Reply};
use tenjo_store::{Db, service_status};
use time::OffsetDateTime;

#[derive(Serialize)]
pub(crate) struct StatusView {
    #[serde(with = "time::serde::rfc3339")]
    server_time: OffsetDateTime,
    /// The maintenance that runs or is announced.
    maintenance: Option<MaintenanceView>,
    least_client_version: Option<String>,
    newest_client_version: Option<String>,
}

impl Reply for StatusView {}

#[derive(Serialize)]
struct MaintenanceView {
    is_running: bool,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    /// Null if nobody knows.
    #[serde(with = "time::serde::rfc3339::option")]
    ends_at: Option<OffsetDateTime>,
}

/// How things are, for everybody, in maintenance too. It reads what is set now, and
/// relies on nothing that it read before.
pub(crate) async fn get_status(db: &Db, call: Call<Anyone>) -> Result<StatusView, ApiError> {
    let now = call.now();
    let status = service_status::find(&mut *db.acquire().await?).await?;
    let ServiceStatus { maintenance, least_client_version, newest_client_version } = status;
    let maintenance = maintenance.map(|it: Maintenance| MaintenanceView {
        is_running: it.is_running(now),
        starts_at: it.starts_at,
        ends_at: it.ends_at,
    });
    Ok(StatusView {
        server_time: now,
        maintenance,
        least_client_version: least_client_version.map(|version| version.to_string()),
        newest_client_version: newest_client_version.map(|version| version.to_string()),
    })
}
