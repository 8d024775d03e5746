//! For operators: ends all sessions of a player, and what may have been asked for by them.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_LOGOUT_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve::<handler::EndSessions>(&settings, DATABASE, None).await
}
