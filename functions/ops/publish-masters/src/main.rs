//! Publishes the master data of this build, or an older revision of a pool.
//!
//! Operators invoke it after `migrate`. All is checked before anything is
//! written, and all is written or nothing; running it again changes nothing.

mod diff;
mod event;
mod masters;
mod plan;
mod publish;
mod report;
mod rollback;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

use event::{Action, Event};
use report::Report;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.read("TENJO_PUBLISH_DATABASE_URL", tenjo_store::connect)?;
    let db = &db;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        run(db, event.payload).await.map_err(|error| {
            tracing::error!("{error}");
            Diagnostic {
                error_type: "PublicationFailed".to_owned(),
                error_message: error.to_string(),
            }
        })
    }))
    .await
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
