//! Notifications of stores, each recorded once.

use tenjo_domain::{Fingerprint, PurchaseId, Store};

use crate::Conn;

/// A notification that is about to have its effect.
#[derive(Debug, Clone, Copy)]
pub struct NewNotification<'a> {
    /// Who sent it.
    pub store: Store,
    /// The store's id of it, the same whenever it is sent again.
    pub notification_id: &'a str,
    /// The store's word for what happened.
    pub kind: &'a str,
    /// The purchase that it concerns, if any.
    pub purchase_id: Option<PurchaseId>,
    /// What it does here.
    pub effect: &'a str,
}

/// Whether a notification was recorded before.
///
/// # Errors
/// When the database fails.
pub async fn is_known(conn: &mut Conn, store: Store, notification_id: &str) -> sqlx::Result<bool> {
    let key = key(store, notification_id);
    let row = sqlx::query!(
        "select 1 as found from game_purchase.store_notifications where notification_key = ?",
        key.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Records a notification; `false` if it was recorded before. Its effect belongs into
/// the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn record(conn: &mut Conn, notification: &NewNotification<'_>) -> sqlx::Result<bool> {
    let key = key(notification.store, notification.notification_id);
    let done = sqlx::query!(
        "insert ignore into game_purchase.store_notifications
           (notification_key, store, notification_id, kind, purchase_id, effect)
         values (?, ?, ?, ?, ?, ?)",
        key.as_slice(),
        notification.store.as_str(),
        notification.notification_id,
        notification.kind,
        notification.purchase_id.map(|id| id.0.as_bytes().to_vec()),
        notification.effect,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A key that scatters: ids of stores may count up.
fn key(store: Store, notification_id: &str) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&Fingerprint::of(&[store.as_str(), notification_id]).0[..16]);
    key
}
