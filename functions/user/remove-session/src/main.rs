//! `DELETE /v1/users/me/sessions/{session_id}` (operation `removeSession`).

mod handler;

use tenjo_http::{Error, Route, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_ACCESS_DATABASE_URL", tenjo_store::connect)?;
    serve(
        &settings,
        Route::delete("/v1/users/me/sessions/{session_id}"),
        db,
        handler::remove_session,
    )
    .await
}
