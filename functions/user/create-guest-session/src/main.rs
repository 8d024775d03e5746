//! `POST /v1/auth/guest` (operation `createGuestSession`).

mod app;
mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    serve(&settings, Route::post("/v1/auth/guest"), app, handler::create_guest_session).await
}
