//! For operators: gives a player gems, or takes free gems.

mod handler;

use tenjo_operators::{Error, one_person, serve};

const DATABASE: &str = "TENJO_OPS_GEMS_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let one_person = one_person(&settings)?;
    serve::<handler::AdjustCurrency>(&settings, DATABASE, one_person).await
}
