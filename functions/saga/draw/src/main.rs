//! Draws the items: the step `draw` of `gacha-saga.asl.json`.

use std::sync::Arc;

use tenjo_domain::Step;
use tenjo_seed_key::KmsKey;
use tenjo_store::Sagas;
use tenjo_store::saga::{SealKey, SealKeys};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tenjo_step::Error> {
    let settings = tenjo_settings::start().await?;
    let connect = tenjo_store::connect_read_committed;
    let db = settings.database("TENJO_DRAW_DATABASE_URL", connect)?;
    let key = |name| settings.read(name, SealKey::read);
    let seals = SealKeys {
        reserve: Some(key("TENJO_RESERVE_SEAL_KEY")?),
        draw: Some(key("TENJO_DRAW_SEAL_KEY")?),
    };
    let seed_key = Arc::new(KmsKey::from_settings(&settings)?);
    tenjo_step::serve(Step::Draw, Sagas::for_draw(db, seals, seed_key)).await
}
