//! For operators: suspends a player, or lifts a suspension.

mod handler;

use tenjo_operators::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_BAN_DATABASE_URL", tenjo_store::connect)?;
    serve::<handler::SetSuspension>(&settings, db, None).await
}
