//! For operators: gives a player gems, or takes free gems.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_GEMS_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let one_person = settings.read("TENJO_ONE_PERSON_GEMS", str::parse)?;
    serve::<handler::AdjustCurrency>(&settings, DATABASE, Some(one_person)).await
}
