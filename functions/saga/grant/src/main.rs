//! Puts drawn items into the inventory: the step `grant` of `gacha-saga.asl.json`.

mod step;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let db = tenjo_store::connect(settings.text("TENJO_GRANT_DATABASE_URL")?)?;
    tenjo_step::serve(db, step::grant).await
}
