//! Draws the items: the step `draw` of `gacha-saga.asl.json`.

use tenjo_domain::Step;
use tenjo_store::Sagas;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.read("TENJO_DRAW_DATABASE_URL", tenjo_store::connect)?;
    tenjo_step::serve(Step::Draw, Sagas::new(db)).await
}
