//! Commits to the seeds of future periods, reveals those of past ones, and publishes the
//! root over the purchases of each. It runs every minute. Repeated and concurrent runs are safe.
//!
//! Its log lines and answers never contain a seed.

mod app;
mod rotate;

use serde_json::Value;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    serve(app, "RotationFailed", |app, _: Value| rotate::rotate(app)).await
}
