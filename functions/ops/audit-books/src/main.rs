//! Checks that the books balance, on snapshots of a few seconds ago. It runs every
//! hour for some of the players, and continues where the last run stopped.
//!
//! It repairs nothing: an operator has to look at each violation.

mod audit;

use serde_json::Value;
use tenjo_audit::Gifts;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = audit::App {
        options: settings.database("TENJO_AUDIT_DATABASE_URL", tenjo_store::options)?,
        largest: Gifts {
            free_gems: settings.read("TENJO_LARGEST_STARTING_FREE_GEMS", str::parse)?,
            paid_gems: settings.read("TENJO_LARGEST_STARTING_PAID_GEMS", str::parse)?,
        },
    };
    serve(app, "AuditFailed", |app, _: Value| audit::audit(app)).await
}
