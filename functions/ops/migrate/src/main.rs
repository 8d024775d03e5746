//! Brings the database up to date: schema, database users with their rights,
//! and master data. Operators invoke it after each deployment; running it again
//! changes nothing.

mod migrate;
mod roles;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let settings = &settings;
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| async move {
        migrate::migrate(settings).await.map_err(|error| Diagnostic {
            error_type: "MigrationFailed".to_owned(),
            error_message: error.to_string(),
        })
    }))
    .await
}
