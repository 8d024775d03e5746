//! How a store's transaction becomes gems, and how they go back. The only
//! implementation: the routes, the notifications, the reconciliation and operators' acts
//! all call it.
//!
//! Everything that moves gems is one transaction of the database, which begins by
//! locking the purchase. So it does not matter who comes first, how often, or in which
//! order.

mod by_hand;
mod change;
mod dismiss;
mod google;
mod notification;
mod settle;
mod view;

pub use by_hand::{ByHand, Voided, VouchedChange, VouchedPurchase, void_by_hand};
pub use change::{Changed, change};
pub use dismiss::{Dismissed, dismiss, is_dismissed};
pub use google::{AskError, Asked, GoogleSettings, ask_and_settle, consume_booked};
pub use notification::{NotificationView, receive_apple, receive_google};
pub use settle::{PurchaseRegister, Settled, decided};
pub use view::{PurchaseView, refusal};

/// How long others leave a purchase alone that a route has just begun, in seconds. A
/// route's own time is ten.
pub const ROUTE_TAKES_S: u32 = 60;

/// How long a client has to send a purchase that a store has told us of, in seconds.
pub const CLIENT_TAKES_S: u32 = 30;
