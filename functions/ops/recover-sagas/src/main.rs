//! Finds sagas that stand still, and runs the same state machine on them again:
//! forward if they were charged, to their failure if not. It runs every minute;
//! two at once share the work, and no saga is run twice for it.
//!
//! An operator may name one saga, `{"saga_id": "…"}`, once what kept it is mended.

mod app;
mod report;
mod sweep;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};

use crate::sweep::Request;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    // It lives as long as the process, which ends when this function does.
    let app: &'static app::App = Box::leak(Box::new(app::App::from_settings(&settings).await?));
    lambda_runtime::run(service_fn(|event: LambdaEvent<Request>| async move {
        sweep::sweep(app, &event.payload).await.map_err(|error| {
            tracing::error!("{error}");
            Diagnostic { error_type: "RecoveryFailed".to_owned(), error_message: error.to_string() }
        })
    }))
    .await
}
