//! `GET /v1/users/me/transfer-code` (operation `getTransferCode`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_CODE_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::get("/v1/users/me/transfer-code"), db, handler::get_transfer_code).await
}
