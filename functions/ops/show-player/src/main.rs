//! For operators: finds a player, and shows what there is about them.

mod found;
mod handler;
mod lists;
mod view;

use tenjo_operators::{Error, serve_reading};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_SHOW_DATABASE_URL", tenjo_store::connect)?;
    serve_reading(&settings, db, handler::show_player).await
}
