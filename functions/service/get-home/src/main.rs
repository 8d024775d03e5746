//! `GET /v1/home` (operation `getHome`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_store::pool::Revisions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_HOME_DATABASE_URL", tenjo_store::connect)?,
        revisions: Revisions::default(),
    };
    serve(&settings, Route::get("/v1/home"), app, handler::get_home).await
}
