//! Apple's signed transactions (StoreKit 2) and server notifications (version 2).
//!
//! Both are JWS with the certificates of the signer in the header. Nothing is believed
//! before the chain ends at a root of the settings, its certificates were valid when it
//! was signed, they carry the marks that Apple gives only to signers of receipts, and
//! the signature is that of the first certificate's key.

mod chain;
mod history;
mod notification;
mod payload;

pub use history::{HistoryPage, NotificationHistory};
pub use notification::{Notification, NotificationEffect};
pub use payload::{AppleVerifier, ReceiptError, Transaction};
