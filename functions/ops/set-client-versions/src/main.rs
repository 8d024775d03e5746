//! For operators: sets the least and the newest version of the client.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_STATUS_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve::<handler::SetClientVersions>(&settings, DATABASE, None).await
}
