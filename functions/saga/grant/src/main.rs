//! Gives the player the drawn items: the step `grant` of `gacha-saga.asl.json`.

use tenjo_domain::Step;
use tenjo_store::Sagas;
use tenjo_store::saga::{SealKey, SealKeys};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_GRANT_DATABASE_URL", tenjo_store::connect)?;
    let draw = settings.read("TENJO_DRAW_SEAL_KEY", SealKey::read)?;
    let seals = SealKeys { reserve: None, draw: Some(draw) };
    tenjo_step::serve(Step::Grant, Sagas::with_seals(db, seals)).await
}
