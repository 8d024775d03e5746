//! For operators: takes a pool off sale for a while, or puts it back.

mod handler;

use tenjo_operators::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_POOL_DATABASE_URL", tenjo_store::connect)?;
    serve::<handler::SetPoolPause>(&settings, db, None).await
}
