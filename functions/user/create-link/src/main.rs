//! `POST /v1/users/me/links` (operation `createLink`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_identity::Identities;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_LINK_DATABASE_URL", tenjo_store::connect_read_committed)?,
        apple: Identities::of_apple(&settings)?,
        google: Identities::of_google(&settings)?,
    };
    serve(&settings, Route::post("/v1/users/me/links"), app, handler::create_link).await
}
