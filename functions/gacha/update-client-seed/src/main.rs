//! `PUT /v1/gacha/client-seed` (operation `updateClientSeed`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OWN_SEED_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::put("/v1/gacha/client-seed"), db, handler::update_client_seed).await
}
