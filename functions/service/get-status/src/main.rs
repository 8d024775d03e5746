//! `GET /v1/status` (operation `getStatus`).

mod handler;

use tenjo_http::{Error, Route, serve_always};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_STATUS_DATABASE_URL", tenjo_store::connect)?;
    serve_always(&settings, Route::get("/v1/status"), db, handler::get_status).await
}
