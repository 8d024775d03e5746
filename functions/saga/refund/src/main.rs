//! Ends a draw that cannot be finished, and gives back its cost: the step `refund` of
//! `gacha-saga.asl.json`.

use tenjo_domain::Step;
use tenjo_store::Sagas;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let connect = tenjo_store::connect_read_committed;
    let db = settings.database("TENJO_REFUND_DATABASE_URL", connect)?;
    tenjo_step::serve(Step::Refund, Sagas::new(db)).await
}
