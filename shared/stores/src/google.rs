//! Google Play: the Android Publisher API, and real-time developer notifications.
//!
//! Nothing that a client sends is believed: a purchase token is only a name by which
//! Google is asked. Notifications come through Pub/Sub, with a token that Google signs.

mod api;
mod push;

pub use api::{Google, GooglePurchase, Voided, VoidedPage};
pub use push::{Happening, PublisherKeys, Push, PushError};
