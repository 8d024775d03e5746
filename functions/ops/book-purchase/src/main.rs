//! For operators: books a purchase that a store vouches for, and that nothing else can book.

mod handler;

use tenjo_operators::{Error, serve_with};
use tenjo_purchases::PurchaseRegister;

const DATABASE: &str = "TENJO_OPS_BOOK_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = tenjo_settings::start().await?;
    let one_person = settings.read("TENJO_ONE_PERSON_GEMS", str::parse)?;
    let register = PurchaseRegister::from_settings(&settings)?;
    serve_with::<handler::BookPurchase, _>(&settings, DATABASE, Some(one_person), register).await
}
