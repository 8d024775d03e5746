//! `POST /v1/gacha/draw` (operation `requestDraw`).

mod answer;
mod app;
mod handler;
mod opening;
mod request;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = app::App::from_settings(&settings)?;
    serve(&settings, Route::post("/v1/gacha/draw"), app, handler::request_draw).await
}
