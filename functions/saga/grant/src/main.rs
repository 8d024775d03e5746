//! Gives the player the drawn items: the step `grant` of `gacha-saga.asl.json`.

use tenjo_domain::Step;
use tenjo_store::Sagas;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.read("TENJO_GRANT_DATABASE_URL", tenjo_store::connect)?;
    tenjo_step::serve(Step::Grant, Sagas::new(db)).await
}
