//! For operators: gives a player gems, or takes free gems.

mod handler;

use tenjo_operators::{Error, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let db = settings.database("TENJO_OPS_GEMS_DATABASE_URL", tenjo_store::connect)?;
    let one_person = settings.read("TENJO_ONE_PERSON_GEMS", str::parse)?;
    serve::<handler::AdjustCurrency>(&settings, db, Some(one_person)).await
}
