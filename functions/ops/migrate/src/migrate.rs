use serde::Serialize;
use sqlx::{ConnectOptions, Connection};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::migration;
use tenjo_store::roles::{Users, set_role};
use tenjo_store::{Conn, options};
use url::Url;

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
    let (server, name) = split(settings.text(DATABASE)?)?;
    // sqlx would log slow statements, and those that create users contain passwords.
    let connect = |_: &str, ca: Option<&str>| options(server.as_str(), ca);
    let options = settings.database(DATABASE, connect)?.disable_statement_logging();
    let users = Users::beside(options.get_username(), options.get_host());
    users.check()?;
    let roles = roles::read(settings, &users)?;

    let mut conn = Conn::connect_with(&options).await?;
    for statement in [format!("create database if not exists `{name}`"), format!("use `{name}`")] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await?;
    }
    migration::run(&mut conn).await?;
    for role in &roles {
        set_role(&mut conn, role.role, &users, &role.password).await?;
    }
    tracing::info!("the database is up to date");
    Ok(Report { roles: roles.len() })
}

/// The URL of the server, and the name of the database that migrations are recorded
/// in, which may not exist yet.
fn split(url: &str) -> Result<(Url, String), SettingError> {
    let bad = |problem: &str| SettingError::new(DATABASE, problem);
    let mut url = Url::parse(url).map_err(|_| bad("must be a URL"))?;
    let name = url.path().trim_start_matches('/').to_owned();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(bad("must name a database, of A-Z, a-z, 0-9 and _"));
    }
    url.set_path("");
    Ok((url, name))
}
