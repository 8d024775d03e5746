//! `DELETE /v1/users/me/links/{provider}` (operation `deleteLink`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_UNLINK_DATABASE_URL", tenjo_store::connect_read_committed)?;
    let route = Route::delete("/v1/users/me/links/{provider}");
    serve(&settings, route, db, handler::delete_link).await
}
