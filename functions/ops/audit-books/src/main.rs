//! Checks that the books balance: a share of all players every hour, on a
//! snapshot of a moment ago, going on where the last run stopped.
//!
//! It changes nothing. What it finds needs a person.

mod audit;

use std::str::FromStr;

use serde_json::Value;
use sqlx::mysql::MySqlConnectOptions;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let options = settings.read("TENJO_AUDIT_DATABASE_URL", MySqlConnectOptions::from_str)?;
    serve(options, "AuditFailed", |options, _: Value| audit::audit(options)).await
}
