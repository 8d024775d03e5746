//! `POST /v1/auth/apple` (operation `createAppleSession`).

mod handler;

use tenjo_http::{Error, Route, serve};
use tenjo_identity::Identities;
use tenjo_sessions::Sessions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let app = handler::App {
        db: settings.database("TENJO_SIGN_IN_DATABASE_URL", tenjo_store::connect_read_committed)?,
        sessions: Sessions::from_settings(&settings)?,
        identities: Identities::of_apple(&settings)?,
    };
    serve(&settings, Route::post("/v1/auth/apple"), app, handler::create_apple_session).await
}
