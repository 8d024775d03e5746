//! Finishes purchases that the stores know and the books do not: a function was killed
//! between asking a store and booking, a client never called, a notification never
//! arrived. It runs every minute, and asks the stores for what they could not tell us
//! every ten minutes. Two runs at once share the purchases between them.
//!
//! An operator may send `{"ask_stores": true}` to ask the stores at once.

mod app;
mod finish;
mod reconcile;
mod stores;

use tenjo_task::{Error, serve};

use crate::reconcile::Request;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    serve(app, "ReconciliationFailed", async |app, request: Request| {
        reconcile::reconcile(app, &request).await
    })
    .await
}
