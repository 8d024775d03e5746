//! `POST /v1/purchases/apple` (operation `bookApplePurchase`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_purchases::PurchaseRegister;
use tenjo_stores::apple::AppleVerifier;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings
            .database("TENJO_PURCHASE_DATABASE_URL", tenjo_store::connect_read_committed)?,
        register: PurchaseRegister::from_settings(&settings)?,
        apple: AppleVerifier::from_settings(&settings)?,
    };
    serve(&settings, Route::post("/v1/purchases/apple"), app, handler::book_apple_purchase).await
}
