//! For operators: takes a purchase back as its store did, or gives it again.

mod handler;

use tenjo_operators::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let connect = tenjo_store::connect_read_committed;
    let db = settings.database("TENJO_OPS_VOID_DATABASE_URL", connect)?;
    let one_person = settings.read("TENJO_ONE_PERSON_GEMS", str::parse)?;
    serve::<handler::VoidPurchase>(&settings, db, Some(one_person)).await
}
