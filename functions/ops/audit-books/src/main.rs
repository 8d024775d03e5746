//! Checks that the books balance, on snapshots of a few seconds ago. It runs every
//! hour for some of the players, and continues where the last run stopped.
//!
//! It repairs nothing: an operator has to look at each violation.

mod audit;

use serde_json::Value;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let options = settings.database("TENJO_AUDIT_DATABASE_URL", tenjo_store::options)?;
    serve(options, "AuditFailed", |options, _: Value| audit::audit(options)).await
}
