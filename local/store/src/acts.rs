//! What a player or the store's staff does: buy, pay, refund, charge back.

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::attest::{AppleAttestation, GoogleAttestation, verdict};
use crate::identity::SignIn;
use crate::server::Store;
use crate::state::Undelivered;
use crate::{apple, google, millis, now};

/// The app, as Apple knows it.
pub const APPLE_BUNDLE_ID: &str = "game.tenjo";

/// The app, as Google knows it.
pub const GOOGLE_PACKAGE_NAME: &str = "game.tenjo";

/// For whom Pub/Sub's tokens are.
pub const PUSH_AUDIENCE: &str = "tenjo-notifications";

/// The account that pushes.
pub const PUSH_EMAIL: &str = "push@test-store.iam.gserviceaccount.com";

/// What a player buys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Buy {
    /// The store's name of the product.
    pub(crate) product_id: String,
    /// What the game's client gives to the store.
    #[serde(default)]
    pub(crate) account_token: Option<String>,
    #[serde(default = "yen")]
    pub(crate) currency: String,
    #[serde(default = "price")]
    pub(crate) price_micros: u64,
    /// Fields of the transaction to replace; `null` takes one away.
    #[serde(default)]
    pub(crate) with: Map<String, Value>,
    /// The same for Google's order.
    #[serde(default)]
    pub(crate) with_order: Map<String, Value>,
    /// Where to send the notification; nowhere if it is absent.
    #[serde(default)]
    pub(crate) deliver_to: Option<String>,
}

fn yen() -> String {
    "JPY".to_owned()
}

fn price() -> u64 {
    160_000_000
}

/// What happens to a purchase.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Happen {
    /// Apple's transaction id, or Google's purchase token.
    pub(crate) transaction_id: String,
    /// When, in milliseconds; now if it is absent.
    #[serde(default)]
    pub(crate) at: Option<i64>,
    #[serde(default)]
    pub(crate) deliver_to: Option<String>,
}

/// The route of a store's notifications, below the game's address.
const APPLE_ROUTE: &str = "/v1/purchases/apple/notifications";
const GOOGLE_ROUTE: &str = "/v1/purchases/google/notifications";

impl Store {
    /// Serves one act; `None` if there is none of this name.
    pub(crate) async fn act(&self, name: &str, body: &[u8]) -> Option<anyhow::Result<Value>> {
        Some(match name {
            "apple/buy" => self.apple_buys(body).await,
            "apple/refund" => self.apple_changes(body, "REFUND", true).await,
            "apple/charge-back" => self.apple_changes(body, "REFUND", true).await,
            "apple/reverse-refund" => self.apple_changes(body, "REFUND_REVERSED", false).await,
            "apple/sign" => self.apple_signs(body),
            "identity/sign" => self.signs_in(body),
            "attest/apple" => self.apple_attests(body),
            "attest/google" => self.google_attests(body),
            "google/buy" => self.google_buys(body).await,
            "google/pay" => self.google_pays(body).await,
            "google/refund" | "google/charge-back" => self.google_voids(body).await,
            _ => return None,
        })
    }

    async fn apple_buys(&self, body: &[u8]) -> anyhow::Result<Value> {
        let buy: Buy = serde_json::from_slice(body)?;
        let transaction = self.change(|state| {
            state.next = state.next.max(u64::try_from(millis(now())).unwrap_or(1)) + 1;
            let transaction = apple::transaction(&format!("2{}", state.next), &buy);
            let id = transaction["transactionId"].as_str().unwrap_or_default().to_owned();
            state.apple.insert(id, transaction.clone());
            transaction
        });
        let signed = self.authority().sign(&transaction)?;
        let notification = apple::notification(
            self.authority(),
            "ONE_TIME_CHARGE",
            &transaction,
            transaction["signedDate"].as_i64().unwrap_or_default(),
        )?;
        let delivered =
            self.deliver_apple(buy.deliver_to.as_deref(), &transaction, &notification).await;
        Ok(json!({
            "transaction_id": transaction["transactionId"],
            "signed_transaction": signed,
            "notification": { "signedPayload": notification },
            "delivered": delivered,
        }))
    }

    async fn apple_changes(&self, body: &[u8], kind: &str, revokes: bool) -> anyhow::Result<Value> {
        let happen: Happen = serde_json::from_slice(body)?;
        let at = happen.at.unwrap_or_else(|| millis(now()));
        let transaction = self.change(|state| {
            let transaction = state.apple.get_mut(&happen.transaction_id)?;
            if revokes {
                transaction["revocationDate"] = json!(at);
                transaction["revocationReason"] = json!(0);
            } else if let Some(fields) = transaction.as_object_mut() {
                fields.remove("revocationDate");
                fields.remove("revocationReason");
            }
            Some(transaction.clone())
        });
        let transaction = transaction.context("Apple sold no such transaction")?;
        let notification = apple::notification(self.authority(), kind, &transaction, at)?;
        let to = happen.deliver_to.as_deref();
        let delivered = self.deliver_apple(to, &transaction, &notification).await;
        let mut fresh = transaction;
        fresh["signedDate"] = json!(millis(now()));
        Ok(json!({
            "signed_transaction": self.authority().sign(&fresh)?,
            "notification": { "signedPayload": notification },
            "delivered": delivered,
        }))
    }

    /// Signs anything, for tests.
    fn apple_signs(&self, body: &[u8]) -> anyhow::Result<Value> {
        let payload: Value = serde_json::from_slice(body)?;
        Ok(json!({ "signed": self.authority().sign(&payload)? }))
    }

    /// Somebody signs in with Apple or Google.
    fn signs_in(&self, body: &[u8]) -> anyhow::Result<Value> {
        let sign_in: SignIn = serde_json::from_slice(body)?;
        Ok(json!({ "identity_token": self.identity_keys().sign(&sign_in)? }))
    }

    /// An iPhone attests a key.
    fn apple_attests(&self, body: &[u8]) -> anyhow::Result<Value> {
        let attestation: AppleAttestation = serde_json::from_slice(body)?;
        Ok(json!({ "statement": STANDARD.encode(self.app_attest().attest(&attestation)?) }))
    }

    /// An Android device gets an integrity token.
    fn google_attests(&self, body: &[u8]) -> anyhow::Result<Value> {
        let attestation: GoogleAttestation = serde_json::from_slice(body)?;
        Ok(json!({ "statement": self.integrity_token(&attestation) }))
    }

    /// The token by which Google is asked what it thinks of a device.
    pub fn integrity_token(&self, attestation: &GoogleAttestation) -> String {
        let token = format!("integrity-token.{}", uuid::Uuid::new_v4());
        self.change(|state| state.verdicts.insert(token.clone(), verdict(attestation)));
        token
    }

    /// Apple tries once; what does not arrive goes into the history, which is of this app
    /// only.
    async fn deliver_apple(
        &self,
        to: Option<&str>,
        transaction: &Value,
        notification: &str,
    ) -> bool {
        let body = json!({ "signedPayload": notification });
        let delivered = match to {
            Some(to) => self.send(&format!("{to}{APPLE_ROUTE}"), None, &body).await,
            None => false,
        };
        if !delivered && transaction["bundleId"] == APPLE_BUNDLE_ID {
            let missed = Undelivered { at: millis(now()), signed: notification.to_owned() };
            self.change(|state| state.undelivered.push(missed));
        }
        delivered
    }

    async fn google_buys(&self, body: &[u8]) -> anyhow::Result<Value> {
        let buy: Buy = serde_json::from_slice(body)?;
        let token = format!("opaque-token.{}", uuid::Uuid::new_v4());
        let sale = google::sale(&token, &buy);
        self.change(|state| state.google.insert(token.clone(), sale));
        let push = self.push(&json!({ "oneTimeProductNotification": {
            "version": "1.0", "notificationType": 1, "purchaseToken": token, "sku": buy.product_id,
        } }));
        let delivered = self.deliver_google(buy.deliver_to.as_deref(), &push).await?;
        Ok(json!({
            "transaction_id": token,
            "purchase_token": token,
            "product_id": buy.product_id,
            "notification": push,
            "notification_token": self.google_keys().push_token(|_| {})?,
            "delivered": delivered,
        }))
    }

    /// A purchase that was pending is paid.
    async fn google_pays(&self, body: &[u8]) -> anyhow::Result<Value> {
        let happen: Happen = serde_json::from_slice(body)?;
        let product = self.change(|state| {
            let sale = state.google.get_mut(&happen.transaction_id)?;
            sale.purchase["purchaseState"] = json!(0);
            Some(sale.product_id.clone())
        });
        let product = product.context("Google sold no such purchase")?;
        self.tell_google(
            &happen,
            &json!({ "oneTimeProductNotification": {
            "version": "1.0", "notificationType": 1,
            "purchaseToken": happen.transaction_id, "sku": product,
        } }),
        )
        .await
    }

    async fn google_voids(&self, body: &[u8]) -> anyhow::Result<Value> {
        let happen: Happen = serde_json::from_slice(body)?;
        let at = happen.at.unwrap_or_else(|| millis(now()));
        let order = self.change(|state| {
            let sale = state.google.get_mut(&happen.transaction_id)?;
            sale.purchase["purchaseState"] = json!(1);
            sale.voided_at = Some(at);
            Some(sale.order["orderId"].clone())
        });
        ensure!(order.is_some(), "Google sold no such purchase");
        self.tell_google(
            &happen,
            &json!({
                "eventTimeMillis": at.to_string(),
                "voidedPurchaseNotification": {
                    "purchaseToken": happen.transaction_id, "orderId": order,
                    "productType": 2, "refundType": 1,
                },
            }),
        )
        .await
    }

    async fn tell_google(&self, happen: &Happen, notification: &Value) -> anyhow::Result<Value> {
        let push = self.push(notification);
        let delivered = self.deliver_google(happen.deliver_to.as_deref(), &push).await?;
        Ok(json!({
            "notification": push,
            "notification_token": self.google_keys().push_token(|_| {})?,
            "delivered": delivered,
        }))
    }

    fn push(&self, notification: &Value) -> Value {
        google::message(notification)
    }

    async fn deliver_google(&self, to: Option<&str>, push: &Value) -> anyhow::Result<bool> {
        let Some(to) = to else { return Ok(false) };
        let token = self.google_keys().push_token(|_| {})?;
        Ok(self.send(&format!("{to}{GOOGLE_ROUTE}"), Some(&token), push).await)
    }
}
