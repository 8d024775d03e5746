//! Brings the database up to date: schema, database users with their rights,
//! and master data. Operators invoke it after each deployment; running it again
//! changes nothing.

mod migrate;
mod roles;

use serde_json::Value;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve(settings, "MigrationFailed", |settings, _: Value| migrate::migrate(settings)).await
}
