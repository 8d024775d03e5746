//! `GET /v1/gacha/seed-periods` (operation `listSeedPeriods`).

mod handler;

use serde::Deserialize;
use tenjo_http::{Error, Route, serve};
use tenjo_proof::ReceiptKey;

use handler::App;

/// A JSON Web Key Set.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<ReceiptKey>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let KeySet { keys } = settings.read("TENJO_RECEIPT_KEYS", |text| serde_json::from_str(text))?;
    let app = App {
        db: settings.database("TENJO_GACHA_DATABASE_URL", tenjo_store::connect)?,
        receipt_keys: keys,
    };
    serve(&settings, Route::get("/v1/gacha/seed-periods"), app, handler::list_seed_periods).await
}
