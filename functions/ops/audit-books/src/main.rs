//! Checks that the books balance: a share of all players every hour, on a
//! snapshot of a moment ago, going on where the last run stopped.
//!
//! It changes nothing. What it finds needs a person.

mod audit;

use std::str::FromStr;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use sqlx::mysql::MySqlConnectOptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let options = settings.read("TENJO_AUDIT_DATABASE_URL", MySqlConnectOptions::from_str)?;
    let options = &options;
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| async move {
        audit::audit(options).await.map_err(|error| {
            tracing::error!("{error}");
            Diagnostic { error_type: "AuditFailed".to_owned(), error_message: error.to_string() }
        })
    }))
    .await
}
