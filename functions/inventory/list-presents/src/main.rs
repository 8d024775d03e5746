//! `GET /v1/presents` (operation `listPresents`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_INVENTORY_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::get("/v1/presents"), db, handler::list_presents).await
}
