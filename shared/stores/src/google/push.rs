//! Real-time developer notifications, which Pub/Sub pushes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tenjo_domain::TransactionId;
use tenjo_identity::{GOOGLE_ISSUERS, SignedTokens, TokenError};
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;

use crate::{CallError, moment};

/// The longest id that is stored.
const MAX_ID: usize = 64;

/// Verifies who pushes.
pub struct PublisherKeys {
    tokens: SignedTokens,
    email: String,
}

/// Why a push is not believed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// It has no token of the account that pushes for this app.
    #[error("it does not come from the account that pushes")]
    Stranger,
    /// It is not a notification of this app.
    #[error("it is not a notification of this app")]
    NotOurs,
    /// Google's keys cannot be had at the moment.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// A notification of this app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Pub/Sub's id of the message, the same whenever it is sent again.
    pub notification_id: String,
    /// What happened, in a word.
    pub kind: &'static str,
    /// What it means for a purchase.
    pub happening: Happening,
}

/// What a notification means for a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It concerns no purchase of gems.
    Nothing,
    /// Something was bought: the token, and the store's name of the product.
    Bought(TransactionId, String),
    /// It was taken back, at this time.
    Voided(TransactionId, OffsetDateTime),
}

#[derive(Deserialize)]
struct Claims {
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeveloperNotification {
    package_name: String,
    event_time_millis: String,
    one_time_product_notification: Option<OneTime>,
    voided_purchase_notification: Option<VoidedPurchase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneTime {
    notification_type: i32,
    purchase_token: String,
    sku: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoidedPurchase {
    purchase_token: String,
    product_type: i32,
}

impl From<TokenError> for PushError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Refused(_) => Self::Stranger,
            TokenError::Keys(error) => Self::Call(error),
        }
    }
}

impl PublisherKeys {
    /// By `TENJO_GOOGLE_CERTS_URL`, `TENJO_GOOGLE_PUSH_AUDIENCE` and
    /// `TENJO_GOOGLE_PUSH_EMAIL`.
    ///
    /// # Errors
    /// When one of them is missing.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self::new(
            settings.text("TENJO_GOOGLE_CERTS_URL")?,
            settings.text("TENJO_GOOGLE_PUSH_AUDIENCE")?,
            settings.text("TENJO_GOOGLE_PUSH_EMAIL")?,
        ))
    }

    /// By the keys at this address, for pushes to this audience by the account of this email.
    #[must_use]
    pub fn new(certs_url: &str, audience: &str, email: &str) -> Self {
        let audiences = vec![audience.to_owned()];
        Self {
            tokens: SignedTokens::new(certs_url, &GOOGLE_ISSUERS, audiences),
            email: email.to_owned(),
        }
    }

    /// Checks the bearer token of a push.
    ///
    /// # Errors
    /// When it is not of the account that pushes, or Google's keys cannot be had.
    pub async fn check(&self, token: &str, now: OffsetDateTime) -> Result<(), PushError> {
        let claims = self.tokens.claims::<Claims>(token, now).await?.says;
        let is_theirs = claims.email_verified && claims.email.as_ref() == Some(&self.email);
        if is_theirs { Ok(()) } else { Err(PushError::Stranger) }
    }
}

impl Push {
    /// Reads a message that was pushed, its data in base64, for the app of this package.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(data: &str, message_id: &str, package_name: &str) -> Result<Self, PushError> {
        let is_id = (1..=MAX_ID).contains(&message_id.len())
            && message_id.bytes().all(|byte| byte.is_ascii_graphic());
        let data = STANDARD.decode(data).map_err(|_| PushError::NotOurs)?;
        let notification: DeveloperNotification =
            serde_json::from_slice(&data).map_err(|_| PushError::NotOurs)?;
        if !is_id || notification.package_name != package_name {
            return Err(PushError::NotOurs);
        }
        let at = notification.event_time_millis.parse().ok().and_then(moment);
        let at = at.ok_or(PushError::NotOurs)?;
        let token = |text| TransactionId::new(text).map_err(|_| PushError::NotOurs);
        let (kind, happening) = match notification {
            DeveloperNotification { voided_purchase_notification: Some(voided), .. } => {
                match voided.product_type {
                    2 => ("voided", Happening::Voided(token(voided.purchase_token)?, at)),
                    // A subscription, which sells no gems.
                    _ => ("voided_subscription", Happening::Nothing),
                }
            }
            DeveloperNotification { one_time_product_notification: Some(one), .. } => {
                match one.notification_type {
                    1 => ("bought", Happening::Bought(token(one.purchase_token)?, one.sku)),
                    // Cancelled before it was paid.
                    _ => ("cancelled", Happening::Nothing),
                }
            }
            _ => ("other", Happening::Nothing),
        };
        Ok(Self { notification_id: message_id.to_owned(), kind, happening })
    }
}
