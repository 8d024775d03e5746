//! `PUT /v1/users/me` (operation `updateUser`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_PROFILE_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::put("/v1/users/me"), db, handler::update_user).await
}
