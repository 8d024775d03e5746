//! `GET /v1/users/me/export` (operation `exportUser`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_EXPORT_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::get("/v1/users/me/export"), db, handler::export_user).await
}
