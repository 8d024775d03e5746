//! For operators: takes a purchase back as its store did, or gives it again.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_VOID_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let one_person = settings.read("TENJO_ONE_PERSON_GEMS", str::parse)?;
    serve::<handler::VoidPurchase>(&settings, DATABASE, Some(one_person)).await
}
