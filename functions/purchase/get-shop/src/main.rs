//! `GET /v1/purchases/products` (operation `getShop`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_store::shop::Shops;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_SHOP_DATABASE_URL", tenjo_store::connect)?,
        shops: Shops::default(),
    };
    serve(&settings, Route::get("/v1/purchases/products"), app, handler::get_shop).await
}
