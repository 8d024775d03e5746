//! `POST /v1/users/me/devices/current/secret` (operation `renewDeviceSecret`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_ACCESS_DATABASE_URL", tenjo_store::connect)?;
    serve(
        &settings,
        Route::post("/v1/users/me/devices/current/secret"),
        db,
        handler::renew_device_secret,
    )
    .await
}
