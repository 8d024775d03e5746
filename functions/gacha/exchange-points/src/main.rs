//! `POST /v1/gacha/exchange` (operation `exchangePoints`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_store::pool::Revisions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_EXCHANGE_DATABASE_URL", tenjo_store::connect)?,
        revisions: Revisions::default(),
        most_per_minute: settings.read("TENJO_EXCHANGES_PER_MINUTE", str::parse)?,
    };
    serve(&settings, Route::post("/v1/gacha/exchange"), app, handler::exchange_points).await
}
