//! Commits to the seeds of draws to come, and reveals those of the past. It
//! runs every minute; running it again, or twice at once, changes nothing.
//!
//! No log line and no answer of it holds a seed.

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
