//! For operators: forgets the month in which a player was born, so that the game asks again.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_BIRTH_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    serve::<handler::ForgetBirthMonth>(&settings, DATABASE, None).await
}
