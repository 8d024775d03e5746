use std::str::FromStr;

use serde::Serialize;
use sqlx::migrate::MigrateDatabase;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tenjo_settings::Settings;
use tenjo_store::{Conn, migration};

use crate::roles;

type Error = Box<dyn std::error::Error + Send + Sync>;

const DATABASE: &str = "TENJO_ADMIN_DATABASE_URL";

/// The answer: how many roles were set.
#[derive(Serialize)]
pub(crate) struct Report {
    roles: usize,
}

/// Migrates, and sets the rights of all roles.
pub(crate) async fn migrate(settings: &Settings) -> Result<Report, Error> {
    // All settings are checked before anything is changed.
    let roles = roles::read(settings)?;
    let url = settings.text(DATABASE)?;
    if !sqlx::MySql::database_exists(url).await? {
        sqlx::MySql::create_database(url).await?;
    }
    // sqlx would log slow statements, and those that create users contain passwords.
    let options = MySqlConnectOptions::from_str(url)?.disable_statement_logging();
    let mut conn = Conn::connect_with(&options).await?;
    migration::run(&mut conn).await?;
    for role in &roles {
        migration::set_role(&mut conn, role.role, &role.password).await?;
    }
    tracing::info!("the database is up to date");
    Ok(Report { roles: roles.len() })
}
