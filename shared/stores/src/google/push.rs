//! Real-time developer notifications, which Pub/Sub pushes.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use tenjo_domain::TransactionId;
use tenjo_settings::{SettingError, Settings};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use crate::{CallError, HttpClient, moment};

/// Who signs the tokens of Pub/Sub; both spellings are Google's.
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// How long Google's public keys are kept, and how soon they may be asked for again
/// when a token names one that is not among them.
const KEYS_FOR: Duration = Duration::hours(1);
const KEYS_AGAIN_AFTER: Duration = Duration::minutes(1);

/// How far Google's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::seconds(60);

/// The longest id that is stored.
const MAX_ID: usize = 64;

/// Verifies who pushes.
pub struct PublisherKeys {
    http: HttpClient,
    url: String,
    audience: String,
    email: String,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    keys: HashMap<String, DecodingKey>,
    asked_at: OffsetDateTime,
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
    iat: i64,
    exp: i64,
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

impl PublisherKeys {
    /// By `TENJO_GOOGLE_CERTS_URL`, `TENJO_GOOGLE_PUSH_AUDIENCE` and
    /// `TENJO_GOOGLE_PUSH_EMAIL`.
    ///
    /// # Errors
    /// When one of them is missing.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self {
            http: HttpClient::new(),
            url: settings.text("TENJO_GOOGLE_CERTS_URL")?.to_owned(),
            audience: settings.text("TENJO_GOOGLE_PUSH_AUDIENCE")?.to_owned(),
            email: settings.text("TENJO_GOOGLE_PUSH_EMAIL")?.to_owned(),
            kept: Mutex::new(None),
        })
    }

    /// Checks the bearer token of a push.
    ///
    /// # Errors
    /// When it is not of the account that pushes, or Google's keys cannot be had.
    pub async fn check(&self, token: &str, now: OffsetDateTime) -> Result<(), PushError> {
        let header = decode_header(token).map_err(|_| PushError::Stranger)?;
        let kid = header.kid.filter(|_| header.alg == Algorithm::RS256);
        let kid = kid.ok_or(PushError::Stranger)?;
        let key = self.key(&kid, now).await?.ok_or(PushError::Stranger)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&ISSUERS);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        // Compared below, with the clock of the caller.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|_| PushError::Stranger)?;
        let claims = claims.claims;
        let now = now.unix_timestamp();
        let is_now = claims.exp > now && claims.iat <= now + CLOCK_SKEW.whole_seconds();
        let is_theirs = claims.email_verified && claims.email.as_ref() == Some(&self.email);
        if is_now && is_theirs { Ok(()) } else { Err(PushError::Stranger) }
    }

    async fn key(&self, kid: &str, now: OffsetDateTime) -> Result<Option<DecodingKey>, PushError> {
        let mut kept = self.kept.lock().await;
        let age = kept.as_ref().map(|kept| now - kept.asked_at);
        let known = kept.as_ref().and_then(|kept| kept.keys.get(kid).cloned());
        let is_fresh =
            age.is_some_and(|age| age < if known.is_some() { KEYS_FOR } else { KEYS_AGAIN_AFTER });
        if is_fresh {
            return Ok(known);
        }
        let (status, body) = self.http.get(&self.url, None).await?;
        let set: JwkSet = serde_json::from_slice(&body)
            .map_err(|error| CallError::Unavailable(format!("{status}: {error}")))?;
        let keys = set
            .keys
            .iter()
            .filter_map(|key| Some((key.common.key_id.clone()?, DecodingKey::from_jwk(key).ok()?)));
        let keys: HashMap<_, _> = keys.collect();
        let found = keys.get(kid).cloned();
        *kept = Some(Kept { keys, asked_at: now });
        Ok(found)
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
