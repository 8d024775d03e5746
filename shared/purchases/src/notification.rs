//! Notifications of stores. Each is recorded once, in the transaction of its effect.

use serde::Serialize;
use tenjo_domain::{PurchaseId, Store, StoreChange, TransactionId};
use tenjo_http::Reply;
use tenjo_store::Conn;
use tenjo_store::notification::{self, NewNotification};
use tenjo_store::pending::{self, Pending};
use tenjo_stores::apple::{Notification, NotificationEffect, Transaction};
use tenjo_stores::google::{Happening, Push};

use crate::CLIENT_TAKES_S;
use crate::change::{Changed, change};

/// What a store is told. It needs the status only.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NotificationView {
    is_received: bool,
}

impl NotificationView {
    /// It is recorded, now or before.
    pub const RECEIVED: Self = Self { is_received: true };
}

impl Reply for NotificationView {}

/// Something was bought, and will be booked unless a client comes first.
const AWAITED: &str = "awaited";

/// Applies a notification of Apple's, in the caller's transaction, which is READ
/// COMMITTED. Returns whether it is the first: one that was received before has no effect.
/// Of two at the same moment both may apply theirs, and the same change twice is one change.
///
/// # Errors
/// When the database fails.
pub async fn receive_apple(conn: &mut Conn, from: &Notification) -> sqlx::Result<bool> {
    if notification::is_known(conn, Store::Apple, &from.notification_id).await? {
        return Ok(false);
    }
    let (transaction_id, effect) = match &from.effect {
        NotificationEffect::Nothing => (None, Changed::Nothing.as_str()),
        NotificationEffect::Bought(transaction, signed) => {
            pending::begin_told(conn, &of_apple(transaction, signed), CLIENT_TAKES_S).await?;
            (Some(&transaction.transaction_id), AWAITED)
        }
        NotificationEffect::Changed(transaction, signed, store_change, at) => {
            let id = &transaction.transaction_id;
            let changed = change(conn, Store::Apple, id, *store_change, *at, None).await?;
            if *store_change == StoreChange::Restored && changed == Changed::Marked {
                // It was refunded before anybody booked it, and is good after all.
                pending::begin_told(conn, &of_apple(transaction, signed), CLIENT_TAKES_S).await?;
            }
            (Some(id), changed.as_str())
        }
    };
    let (id, kind) = (from.notification_id.as_str(), from.kind.as_str());
    record(conn, Store::Apple, (id, kind), transaction_id, effect).await
}

/// Applies a notification of Google's, in the caller's transaction, which is READ
/// COMMITTED. Returns whether it is the first: one that was received before has no effect.
/// Of two at the same moment both may apply theirs, and the same change twice is one change.
///
/// # Errors
/// When the database fails.
pub async fn receive_google(conn: &mut Conn, push: &Push) -> sqlx::Result<bool> {
    if notification::is_known(conn, Store::Google, &push.notification_id).await? {
        return Ok(false);
    }
    let (transaction_id, effect) = match &push.happening {
        Happening::Nothing => (None, Changed::Nothing.as_str()),
        Happening::Bought(id, store_product_id) => {
            let begun = Pending {
                purchase_id: PurchaseId::derive(Store::Google, id),
                store: Store::Google,
                transaction_id: id.clone(),
                store_product_id: store_product_id.clone(),
                user_id: None,
                is_told: true,
                signed_transaction: None,
            };
            pending::begin_told(conn, &begun, CLIENT_TAKES_S).await?;
            (Some(id), AWAITED)
        }
        Happening::Voided(id, at) => {
            let (store, revoked) = (Store::Google, StoreChange::Revoked);
            let changed = change(conn, store, id, revoked, *at, None).await?;
            (Some(id), changed.as_str())
        }
    };
    record(conn, Store::Google, (&push.notification_id, push.kind), transaction_id, effect).await
}

async fn record(
    conn: &mut Conn,
    store: Store,
    (notification_id, kind): (&str, &str),
    transaction_id: Option<&TransactionId>,
    effect: &str,
) -> sqlx::Result<bool> {
    let purchase_id = transaction_id.map(|id| PurchaseId::derive(store, id));
    let new = NewNotification { store, notification_id, kind, purchase_id, effect };
    notification::record(conn, &new).await
}

fn of_apple(transaction: &Transaction, signed: &str) -> Pending {
    Pending {
        purchase_id: PurchaseId::derive(Store::Apple, &transaction.transaction_id),
        store: Store::Apple,
        transaction_id: transaction.transaction_id.clone(),
        store_product_id: transaction.store_product_id.clone(),
        user_id: None,
        is_told: true,
        signed_transaction: Some(signed.to_owned()),
    }
}
