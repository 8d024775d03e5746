//! What players, and operators, see, where more than one function shows it. A view that
//! only one function shows is in that function.

mod client_seed;
mod currency;
mod draw;
mod open_pool;
mod pool;
mod present;
mod presentation;
mod saga;
mod standing;
mod status;
mod user;

pub use client_seed::ClientSeedView;
pub use currency::{CurrencyView, LedgerEntryView};
pub use draw::{CostView, DrawnView, PityView};
pub use open_pool::OpenPoolView;
pub use pool::{PoolView, PriceView};
pub use present::PresentView;
pub use presentation::PresentationView;
pub use saga::EventView;
pub use standing::StandingView;
pub use status::StatusView;
pub use user::UserView;
