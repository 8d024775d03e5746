//! Takes the cost of a draw: the step `reserve` of `gacha-saga.asl.json`.

mod step;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.read("TENJO_RESERVE_DATABASE_URL", tenjo_store::connect)?;
    tenjo_step::serve(db, step::reserve).await
}
