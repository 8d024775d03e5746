use std::str::FromStr;

use serde::Serialize;
use sqlx::migrate::MigrateDatabase;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tenjo_domain::{Pool, PoolId};
use tenjo_settings::Settings;
use tenjo_store::{Conn, item_master, migration, pool};

use crate::masters::{self, Masters};
use crate::roles;

type Error = Box<dyn std::error::Error + Send + Sync>;

const DATABASE: &str = "TENJO_ADMIN_DATABASE_URL";

/// What is in the database now.
#[derive(Serialize)]
pub(crate) struct Report {
    roles: usize,
    item_masters: usize,
    pools: Vec<PoolReport>,
}

#[derive(Serialize)]
struct PoolReport {
    pool_id: String,
    revision: String,
}

/// Migrates, sets the rights of all roles, and publishes the master data.
pub(crate) async fn migrate(settings: &Settings) -> Result<Report, Error> {
    // Whatever can be refused is refused before anything is changed.
    let masters = masters::embedded()?;
    let roles = roles::read(settings)?;
    let url = settings.text(DATABASE)?;
    if !sqlx::MySql::database_exists(url).await? {
        sqlx::MySql::create_database(url).await?;
    }
    // The statements that make users hold passwords, and slow statements are
    // logged by default.
    let options = MySqlConnectOptions::from_str(url)?.disable_statement_logging();
    let mut conn = Conn::connect_with(&options).await?;
    migration::run(&mut conn).await?;
    for role in &roles {
        migration::set_role(&mut conn, role.role, &role.password).await?;
    }
    let pools = publish(&mut conn, &masters).await?;
    tracing::info!(pools = pools.len(), "the database is up to date");
    Ok(Report { roles: roles.len(), item_masters: masters.items.len(), pools })
}

/// All master data or none.
async fn publish(conn: &mut Conn, masters: &Masters) -> sqlx::Result<Vec<PoolReport>> {
    let mut tx = conn.begin().await?;
    item_master::put(&mut tx, &masters.items).await?;
    let mut reports = Vec::new();
    for pool in &masters.pools {
        let revision = pool::publish(&mut tx, pool).await?;
        reports.push(PoolReport {
            pool_id: pool.pool_id().to_string(),
            revision: revision.to_string(),
        });
    }
    let sold: Vec<&PoolId> = masters.pools.iter().map(Pool::pool_id).collect();
    pool::retire_all_but(&mut tx, &sold).await?;
    tx.commit().await?;
    Ok(reports)
}
