//! `DELETE /v1/users/me` (operation `deleteUser`).

mod handler;

use tenjo_domain::GraceDays;
use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_LEAVE_DATABASE_URL", tenjo_store::connect)?,
        grace: settings.read("TENJO_DELETION_GRACE_DAYS", str::parse::<GraceDays>)?,
    };
    serve(&settings, Route::delete("/v1/users/me"), app, handler::delete_user).await
}
