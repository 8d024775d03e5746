//! How things are for everybody.

use serde::Serialize;
use tenjo_domain::{Maintenance, ServiceStatus};
use tenjo_http::Reply;
use time::OffsetDateTime;

/// The server's time, maintenance, and versions of the client.
#[derive(Serialize)]
pub struct StatusView {
    #[serde(with = "time::serde::rfc3339")]
    server_time: OffsetDateTime,
    /// The maintenance that runs or is announced.
    maintenance: Option<MaintenanceView>,
    least_client_version: Option<String>,
    newest_client_version: Option<String>,
}

#[derive(Serialize)]
struct MaintenanceView {
    is_running: bool,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    /// Null if nobody knows.
    #[serde(with = "time::serde::rfc3339::option")]
    ends_at: Option<OffsetDateTime>,
}

impl Reply for StatusView {}

impl StatusView {
    /// What operators have set, at `now`.
    #[must_use]
    pub fn of(status: ServiceStatus, now: OffsetDateTime) -> Self {
        let ServiceStatus { maintenance, least_client_version, newest_client_version } = status;
        let maintenance = maintenance.map(|it: Maintenance| MaintenanceView {
            is_running: it.is_running(now),
            starts_at: it.starts_at,
            ends_at: it.ends_at,
        });
        Self {
            server_time: now,
            maintenance,
            least_client_version: least_client_version.map(|version| version.to_string()),
            newest_client_version: newest_client_version.map(|version| version.to_string()),
        }
    }
}
