//! Takes the cost of a draw: the step `reserve` of `gacha-saga.asl.json`.

mod step;

use tenjo_store::pool::Revisions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let app = step::App {
        db: settings.read("TENJO_RESERVE_DATABASE_URL", tenjo_store::connect)?,
        revisions: Revisions::default(),
    };
    tenjo_step::serve(app, step::reserve).await
}
