//! Commits to the seeds of draws to come, and reveals those of the past. It
//! runs every minute; running it again, or twice at once, changes nothing.
//!
//! No log line and no answer of it holds a seed.

mod app;
mod rotate;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    let app = &app;
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| async move {
        rotate::rotate(app).await.map_err(|error| {
            tracing::error!("{error}");
            Diagnostic { error_type: "RotationFailed".to_owned(), error_message: error.to_string() }
        })
    }))
    .await
}
