//! `POST /v1/purchases/google/notifications` (operation `receiveGoogleNotification`).

mod handler;
mod request;

use tenjo_http::{Error, Route, serve_always};
use tenjo_stores::google::PublisherKeys;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_NOTICE_DATABASE_URL", tenjo_store::connect_read_committed)?,
        keys: PublisherKeys::from_settings(&settings)?,
        package_name: settings.text("TENJO_GOOGLE_PACKAGE_NAME")?.to_owned(),
    };
    serve_always(
        &settings,
        Route::post("/v1/purchases/google/notifications"),
        app,
        handler::receive_google_notification,
    )
    .await
}
