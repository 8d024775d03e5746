//! `POST /v1/auth/google` (operation `createGoogleSession`).

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
        identities: Identities::of_google(&settings)?,
    };
    serve(&settings, Route::post("/v1/auth/google"), app, handler::create_google_session).await
}
