//! Writes off what is left of expired lots of paid gems, of players who do not come by
//! themselves: whatever touches a player's paid gems does it first. It runs every hour.
//! Repeated and concurrent runs are safe.

mod sweep;

use serde_json::Value;
use tenjo_task::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_EXPIRE_DATABASE_URL", tenjo_store::connect)?;
    serve(db, "ExpiryFailed", |db, _: Value| sweep::sweep(db)).await
}
