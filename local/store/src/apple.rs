//! Apple's side: transactions, notifications, and the history of notifications.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::acts::{APPLE_BUNDLE_ID, Buy};
use crate::authority::Authority;
use crate::{millis, now};

/// The payload of a transaction as Apple writes it. What the buyer gives under `with`
/// replaces fields, and `null` takes one away: so tests make bad ones.
pub(crate) fn transaction(transaction_id: &str, buy: &Buy) -> Value {
    let at = millis(now());
    let mut payload = json!({
        "transactionId": transaction_id,
        "originalTransactionId": transaction_id,
        "bundleId": APPLE_BUNDLE_ID,
        "productId": buy.product_id,
        "purchaseDate": at,
        "originalPurchaseDate": at,
        "quantity": 1,
        "type": "Consumable",
        "inAppOwnershipType": "PURCHASED",
        "signedDate": at,
        "environment": "Sandbox",
        "transactionReason": "PURCHASE",
        "storefront": "JPN",
        "price": buy.price_micros / 1000,
        "currency": buy.currency,
        "appAccountToken": buy.account_token,
    });
    replace(&mut payload, &buy.with);
    payload
}

/// Replaces fields, and takes those away that are to be `null`.
pub(crate) fn replace(payload: &mut Value, with: &Map<String, Value>) {
    let Some(fields) = payload.as_object_mut() else { return };
    for (name, value) in with {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
}

/// A notification of Apple's, signed.
pub(crate) fn notification(
    authority: &Authority,
    kind: &str,
    transaction: &Value,
    signed_date: i64,
) -> anyhow::Result<String> {
    let mut transaction = transaction.clone();
    transaction["signedDate"] = json!(signed_date);
    let payload = json!({
        "notificationType": kind,
        "notificationUUID": Uuid::new_v4(),
        "version": "2.0",
        "signedDate": signed_date,
        "data": {
            "bundleId": transaction["bundleId"],
            "environment": transaction["environment"],
            "signedTransactionInfo": authority.sign(&transaction)?,
        },
    });
    authority.sign(&payload)
}
