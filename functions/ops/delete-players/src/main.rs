//! Deletes players who asked for it, once their time of grace is over, and guests who
//! bought nothing and do not come any more, if the operator wants that. It runs every
//! hour. Repeated and concurrent runs are safe.

mod list;
mod sweep;

use serde_json::Value;
use tenjo_domain::AbandonedAfter;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = sweep::App {
        db: settings.database("TENJO_DELETE_DATABASE_URL", tenjo_store::connect)?,
        abandoned_after: settings
            .read("TENJO_ABANDONED_GUEST_DAYS", str::parse::<AbandonedAfter>)?,
    };
    serve(app, "DeletionFailed", |app, _: Value| sweep::sweep(app)).await
}
