//! For operators: puts a present into the mailbox of one player, of a list, or of everyone.

mod handler;

use tenjo_operators::{Error, serve};

const DATABASE: &str = "TENJO_OPS_MAIL_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let one_person = settings.read("TENJO_ONE_PERSON_GEMS", str::parse)?;
    serve::<handler::SendPresents>(&settings, DATABASE, Some(one_person)).await
}
