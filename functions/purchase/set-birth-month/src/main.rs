//! `PUT /v1/purchases/birth-month` (operation `setBirthMonth`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = settings.database("TENJO_BIRTH_DATABASE_URL", tenjo_store::connect)?;
    serve(&settings, Route::put("/v1/purchases/birth-month"), app, handler::set_birth_month).await
}
