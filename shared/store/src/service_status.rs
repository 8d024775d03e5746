//! Whether players are let in, as operators have set it. It is one row.

use tenjo_domain::{ClientVersion, Maintenance, ServiceStatus};
use time::OffsetDateTime;

use crate::{BrokenInvariant, Conn, word};

struct Row {
    maintenance_starts_at: Option<OffsetDateTime>,
    maintenance_ends_at: Option<OffsetDateTime>,
    least_client_version: Option<String>,
    newest_client_version: Option<String>,
}

impl TryFrom<Row> for ServiceStatus {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let version = |text: Option<String>| text.as_deref().map(word::<ClientVersion>).transpose();
        let ends_at = row.maintenance_ends_at;
        let maintenance =
            row.maintenance_starts_at.map(|starts_at| Maintenance { starts_at, ends_at });
        Ok(Self {
            maintenance,
            least_client_version: version(row.least_client_version)?,
            newest_client_version: version(row.newest_client_version)?,
        })
    }
}

/// What is set now.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn) -> sqlx::Result<ServiceStatus> {
    sqlx::query_as!(
        Row,
        "select maintenance_starts_at, maintenance_ends_at, least_client_version,
                newest_client_version
         from game_ops.service_status where status_id = 1",
    )
    .fetch_optional(conn)
    .await?
    .ok_or(BrokenInvariant::NoServiceStatus)?
    .try_into()
}

/// Locks the row until the transaction ends, and reads it as it was last committed,
/// whatever the transaction's snapshot has.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut Conn) -> sqlx::Result<ServiceStatus> {
    sqlx::query_as!(
        Row,
        "select maintenance_starts_at, maintenance_ends_at, least_client_version,
                newest_client_version
         from game_ops.service_status where status_id = 1 for update",
    )
    .fetch_optional(conn)
    .await?
    .ok_or(BrokenInvariant::NoServiceStatus)?
    .try_into()
}

/// Opens or announces maintenance, or closes it.
///
/// # Errors
/// When the database fails.
pub async fn set_maintenance(
    conn: &mut Conn,
    maintenance: Option<Maintenance>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_ops.service_status set maintenance_starts_at = ?, maintenance_ends_at = ?
         where status_id = 1",
        maintenance.map(|it| it.starts_at),
        maintenance.and_then(|it| it.ends_at),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the least and the newest version of the client.
///
/// # Errors
/// When the database fails.
pub async fn set_client_versions(
    conn: &mut Conn,
    least: Option<ClientVersion>,
    newest: Option<ClientVersion>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_ops.service_status set least_client_version = ?, newest_client_version = ?
         where status_id = 1",
        least.map(|version| version.to_string()),
        newest.map(|version| version.to_string()),
    )
    .execute(conn)
    .await?;
    Ok(())
}
