//! Publishes the master data of this build, or an older revision of a pool.
//!
//! Operators invoke it after `migrate`. It writes in one transaction, and commits only
//! if everything is valid. It is safe to repeat.

mod diff;
mod event;
mod masters;
mod plan;
mod publish;
mod report;
mod rollback;

use serde_json::Value;
use tenjo_task::{Error, serve};

use event::{Action, Event};
use report::Report;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_PUBLISH_DATABASE_URL", tenjo_store::connect)?;
    serve(db, "PublicationFailed", run).await
}

async fn run(db: &tenjo_store::Db, event: Value) -> Result<Report, publish::PublishError> {
    let Event { dry_run, action } = Event::read(event)?;
    let report = match action {
        Action::Publish => publish::publish(db, dry_run).await?,
        Action::RollBack { pool_id, revision } => {
            rollback::roll_back(db, dry_run, &pool_id, revision).await?
        }
    };
    report.log();
    Ok(report)
}
