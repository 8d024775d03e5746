//! `POST /v1/purchases/apple/notifications` (operation `receiveAppleNotification`).

mod handler;

use tenjo_http::{Error, Route, serve_always};
use tenjo_stores::apple::AppleVerifier;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_NOTICE_DATABASE_URL", tenjo_store::connect_read_committed)?,
        apple: AppleVerifier::from_settings(&settings)?,
    };
    serve_always(
        &settings,
        Route::post("/v1/purchases/apple/notifications"),
        app,
        handler::receive_apple_notification,
    )
    .await
}
