//! All SQL of Tenjo, one module for each aggregate, the migrations, and the database users.
//!
//! Functions take a connection; the caller owns the transaction. Names say what
//! happens in the game. A missing row is an `Option`: the caller knows what it
//! means. Queries name tables with their schema, because a step of the saga uses
//! several schemas in one transaction.
//!
//! This crate decides nothing that `tenjo-domain` could decide.

pub mod admission;
pub mod attestation;
pub mod audit;
mod books;
pub mod catalogue;
pub mod client_seed;
mod connect;
pub mod currency;
mod db;
pub mod deletion;
pub mod device;
pub mod error;
pub mod exchange;
pub mod export;
pub mod history;
pub mod home;
mod invariant;
pub mod inventory;
pub mod item_master;
pub mod link;
pub mod lot;
pub mod migration;
pub mod network;
pub mod notification;
pub mod operator_log;
pub mod page;
pub mod pending;
pub mod player_state;
pub mod point;
pub mod pool;
pub mod present;
pub mod purchase;
pub mod recovery;
pub mod roles;
pub mod saga;
pub mod seed;
pub mod service_status;
pub mod session;
pub mod shop;
pub mod transfer;
pub mod tree;
pub mod user;

pub use books::{SagaBooks, Sagas};
pub use connect::{connect, connect_read_committed, is_here, options};
pub use db::{Db, Held, Tx};
pub use error::{Kind, kind};
pub use invariant::BrokenInvariant;
pub use page::{Limit, Page};

/// One connection, inside or outside a transaction.
pub type Conn = sqlx::MySqlConnection;

/// The error for a stored value that breaks the rules of its type.
fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    BrokenInvariant::StoredValue(Box::new(error)).into()
}

/// Reads a stored word back into its type.
fn word<T>(word: &str) -> sqlx::Result<T>
where
    T: std::str::FromStr<Err = tenjo_domain::Invalid>,
{
    word.parse().map_err(corrupt)
}

/// Reads back what players read and see of something, if it was stored.
fn presentation(stored: Option<&str>) -> sqlx::Result<Option<tenjo_domain::Presentation>> {
    stored.map(tenjo_documents::from_presentation).transpose().map_err(corrupt)
}

/// Reads stored gems back into their type.
fn gems(amount: u64) -> sqlx::Result<tenjo_domain::Gems> {
    tenjo_domain::Gems::new(amount).map_err(corrupt)
}

/// Reads the 16 bytes of a stored id.
fn uuid(bytes: &[u8]) -> sqlx::Result<uuid::Uuid> {
    uuid::Uuid::from_slice(bytes).map_err(corrupt)
}
