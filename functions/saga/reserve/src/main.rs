//! Takes the cost of a draw: the step `reserve` of `gacha-saga.asl.json`.

use tenjo_domain::Step;
use tenjo_store::Sagas;
use tenjo_store::saga::{SealKey, SealKeys};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_RESERVE_DATABASE_URL", tenjo_store::connect)?;
    let reserve = settings.read("TENJO_RESERVE_SEAL_KEY", SealKey::read)?;
    let seals = SealKeys { reserve: Some(reserve), draw: None };
    tenjo_step::serve(Step::Reserve, Sagas::with_seals(db, seals)).await
}
