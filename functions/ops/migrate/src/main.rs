//! Brings the database up to date: its schemas, and its users with their passwords
//! and rights. Operators invoke it after each deployment. It is safe to repeat.

mod migrate;
mod roles;

use serde_json::Value;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve(settings, "MigrationFailed", |settings, _: Value| migrate::migrate(settings)).await
}
