//! For operators: ends all sessions of a player.

mod handler;

use tenjo_operators::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_LOGOUT_DATABASE_URL", tenjo_store::connect)?;
    serve::<handler::EndSessions>(&settings, db, None).await
}
