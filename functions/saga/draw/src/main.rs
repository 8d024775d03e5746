//! Draws the items of a draw: the step `draw` of `gacha-saga.asl.json`.

mod random;
mod step;

use tenjo_store::pool::Revisions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let app = step::App {
        db: tenjo_store::connect(settings.text("TENJO_DRAW_DATABASE_URL")?)?,
        revisions: Revisions::default(),
    };
    tenjo_step::serve(app, step::draw).await
}
