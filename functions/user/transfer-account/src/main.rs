//! `POST /v1/auth/transfer` (operation `transferAccount`).

mod app;
mod handler;
mod moving;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    serve(&settings, Route::post("/v1/auth/transfer"), app, handler::transfer_account).await
}
