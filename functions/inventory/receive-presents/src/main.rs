//! `POST /v1/presents/receive` (operation `receivePresents`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_PRESENTS_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::post("/v1/presents/receive"), db, handler::receive_presents).await
}
