//! `POST /v1/purchases/google` (operation `bookGooglePurchase`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_purchases::GoogleSettings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = GoogleSettings::from_settings(&settings, "TENJO_PURCHASE_DATABASE_URL")?;
    serve(&settings, Route::post("/v1/purchases/google"), app, handler::book_google_purchase).await
}
