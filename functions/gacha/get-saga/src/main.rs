//! `GET /v1/gacha/sagas/{saga_id}` (operation `getSaga`).

mod handler;
mod wait;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_GACHA_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::get("/v1/gacha/sagas/{saga_id}"), db, handler::get_saga).await
}
