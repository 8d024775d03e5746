//! `POST /v1/auth/logout` (operation `endSession`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_SESSION_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::post("/v1/auth/logout"), db, handler::end_session).await
}
