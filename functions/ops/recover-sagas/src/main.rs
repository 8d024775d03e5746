//! Finds sagas that stand still, and runs the same state machine on them again:
//! forward if they were charged, to their failure if not. It runs every minute;
//! two at once share the work, and no saga is run twice for it.
//!
//! An operator may name one saga, `{"saga_id": "…"}`, once what kept it is mended.

mod app;
mod report;
mod sweep;

use tenjo_task::{Error, serve};

use crate::sweep::Request;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings).await?;
    serve(app, "RecoveryFailed", async |app, request: Request| sweep::sweep(app, &request).await)
        .await
}
