//! `POST /v1/users/me/transfer-code` (operation `createTransferCode`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_passwords::Passwords;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_CODE_DATABASE_URL", tenjo_store::connect_read_committed)?,
        passwords: Passwords::new()?,
    };
    serve(&settings, Route::post("/v1/users/me/transfer-code"), app, handler::create_transfer_code)
        .await
}
