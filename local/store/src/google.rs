//! Google's side: purchases, orders, and messages of Pub/Sub.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Buy, GOOGLE_PACKAGE_NAME};
use crate::apple::replace;
use crate::state::GoogleSale;
use crate::{millis, now};

/// A purchase as Google describes it, paid by a licence tester unless `with` says
/// otherwise.
pub(crate) fn sale(token: &str, buy: &Buy) -> GoogleSale {
    let order_id = format!("GPA.{}", Uuid::new_v4());
    let mut purchase = json!({
        "kind": "androidpublisher#productPurchase",
        "purchaseTimeMillis": millis(now()).to_string(),
        "purchaseState": 0,
        "consumptionState": 0,
        "acknowledgementState": 0,
        "purchaseType": 0,
        "orderId": order_id,
        "regionCode": "JP",
        "obfuscatedExternalAccountId": buy.account_token,
    });
    replace(&mut purchase, &buy.with);
    let micros = buy.price_micros;
    let mut order = json!({
        "orderId": order_id,
        "purchaseToken": token,
        "state": "PROCESSED",
        "total": {
            "currencyCode": buy.currency,
            "units": (micros / 1_000_000).to_string(),
            "nanos": micros % 1_000_000 * 1000,
        },
    });
    replace(&mut order, &buy.with_order);
    GoogleSale { product_id: buy.product_id.clone(), purchase, order, voided_at: None }
}

/// A message of Pub/Sub with a notification inside.
pub(crate) fn message(notification: &Value) -> Value {
    let mut notification = notification.clone();
    notification["version"] = json!("1.0");
    notification["packageName"] = json!(GOOGLE_PACKAGE_NAME);
    if notification["eventTimeMillis"].is_null() {
        notification["eventTimeMillis"] = json!(millis(now()).to_string());
    }
    let id = format!("{}", Uuid::new_v4().as_u128() >> 64);
    json!({
        "message": {
            "data": STANDARD.encode(notification.to_string()),
            "messageId": id,
            "message_id": id,
            "publishTime": "2026-01-01T00:00:00Z",
            "attributes": {},
        },
        "subscription": "projects/test-store/subscriptions/tenjo",
    })
}
