//! The migrations of the schema.

use crate::Conn;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Brings the schema up to date. Safe to repeat, and for two callers at once.
///
/// # Errors
/// When the database fails, or has a migration that this build does not know.
pub async fn run(conn: &mut Conn) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATIONS.run(conn).await
}
