//! What players get to see, where more than one function shows it.

mod draw;
mod pool;
mod user;

pub use draw::{CostView, DrawnView, PityView};
pub use pool::{PoolView, PriceView};
pub use user::UserView;
