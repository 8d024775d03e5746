//! For operators: suspends a player, or lifts a suspension.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_BAN_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve::<handler::SetSuspension>(&settings, DATABASE, None).await
}
