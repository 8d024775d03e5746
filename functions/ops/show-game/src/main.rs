//! For operators: shows what the game does now, and the log of operators.

mod figures;
mod handler;
mod view;

use tenjo_operators::{Error, serve_reading};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_GAME_DATABASE_URL", tenjo_store::connect)?;
    serve_reading(&settings, db, handler::show_game).await
}
