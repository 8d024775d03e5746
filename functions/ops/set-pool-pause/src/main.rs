//! For operators: takes a pool off sale for a while, or puts it back.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_POOL_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve::<handler::SetPoolPause>(&settings, DATABASE, None).await
}
