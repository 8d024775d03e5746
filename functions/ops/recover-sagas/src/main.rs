//! Finds sagas that stopped before their end, and runs the same state machine on them
//! again. A saga that was charged continues; one that was not is refused, because its
//! time for Reserve is over. The function runs every minute. Two runs at once share the
//! sagas between them.
//!
//! An operator may name one saga, `{"saga_id": "…"}`, after fixing what stopped it.

mod app;
mod report;
mod sweep;

use tenjo_task::{Error, serve};

use crate::sweep::Request;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    serve(app, "RecoveryFailed", async |app, request: Request| sweep::sweep(app, &request).await)
        .await
}
