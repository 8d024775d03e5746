//! `GET /v1/inventory/items` (operation `listItems`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_INVENTORY_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::get("/v1/inventory/items"), db, handler::list_items).await
}
