//! For operators: sets the least and the newest version of the client.

mod handler;

use tenjo_operators::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_STATUS_DATABASE_URL", tenjo_store::connect)?;
    serve::<handler::SetClientVersions>(&settings, db, None).await
}
