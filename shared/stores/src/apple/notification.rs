//! App Store Server Notifications, version 2.

use serde::Deserialize;
use tenjo_domain::{StoreChange, StoreEnvironment};
use time::OffsetDateTime;

use super::payload::{AppleVerifier, ReceiptError, Transaction, environment};
use crate::moment;

/// The longest id that is stored.
const MAX_ID: usize = 64;

/// A notification of this app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Apple's id of it, the same whenever it is sent again.
    pub notification_id: String,
    /// Apple's word for what happened, such as `REFUND`.
    pub kind: String,
    /// What it means for a purchase.
    pub effect: NotificationEffect,
}

/// What a notification means for a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationEffect {
    /// It concerns no purchase of gems.
    Nothing,
    /// Something was bought: the transaction, and its signed text.
    Bought(Box<Transaction>, String),
    /// The store changed its mind on the transaction, at this time; with its signed text.
    Changed(Box<Transaction>, String, StoreChange, OffsetDateTime),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    notification_type: String,
    #[serde(rename = "notificationUUID")]
    notification_uuid: String,
    signed_date: i64,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    bundle_id: String,
    environment: String,
    signed_transaction_info: Option<String>,
}

impl AppleVerifier {
    /// The notification that Apple signed.
    ///
    /// # Errors
    /// When it is not Apple's, or not for this app.
    pub fn notification(
        &self,
        signed: &str,
        now: OffsetDateTime,
    ) -> Result<Notification, ReceiptError> {
        let payload: Payload = self.payload(signed, now)?;
        let is_id = |id: &str| {
            (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !is_id(&payload.notification_uuid) || !is_id(&payload.notification_type) {
            return Err(ReceiptError::Incomplete);
        }
        let signed_at = moment(payload.signed_date).ok_or(ReceiptError::Incomplete)?;
        let effect = match &payload.data {
            None => NotificationEffect::Nothing,
            Some(data) => self.effect(&payload.notification_type, data, signed_at, now)?,
        };
        Ok(Notification {
            notification_id: payload.notification_uuid,
            kind: payload.notification_type,
            effect,
        })
    }

    fn effect(
        &self,
        kind: &str,
        data: &Data,
        signed_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<NotificationEffect, ReceiptError> {
        if data.bundle_id != self.bundle_id() {
            return Err(ReceiptError::OtherApp);
        }
        let said = environment(&data.environment).ok_or(ReceiptError::Incomplete)?;
        let change = match kind {
            "ONE_TIME_CHARGE" => None,
            "REFUND" | "REVOKE" => Some(StoreChange::Revoked),
            "REFUND_REVERSED" => Some(StoreChange::Restored),
            _ => return Ok(NotificationEffect::Nothing),
        };
        let signed = data.signed_transaction_info.as_deref().ok_or(ReceiptError::Incomplete)?;
        let transaction = match self.transaction(signed, now) {
            Ok(transaction) => transaction,
            // A subscription of the same app, which sells no gems.
            Err(ReceiptError::NotConsumable) => return Ok(NotificationEffect::Nothing),
            Err(error) => return Err(error),
        };
        check_environment(said, transaction.environment)?;
        Ok(match change {
            None => NotificationEffect::Bought(Box::new(transaction), signed.to_owned()),
            Some(change) => NotificationEffect::Changed(
                Box::new(transaction),
                signed.to_owned(),
                change,
                signed_at,
            ),
        })
    }
}

fn check_environment(said: StoreEnvironment, signed: StoreEnvironment) -> Result<(), ReceiptError> {
    if said == signed { Ok(()) } else { Err(ReceiptError::Incomplete) }
}
