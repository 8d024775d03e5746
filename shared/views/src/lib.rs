//! What players see, where more than one function shows it. A view that only one
//! function shows is in that function.

mod client_seed;
mod draw;
mod pool;
mod present;
mod user;

pub use client_seed::ClientSeedView;
pub use draw::{CostView, DrawnView, PityView};
pub use pool::{PoolView, PriceView};
pub use present::PresentView;
pub use user::UserView;
