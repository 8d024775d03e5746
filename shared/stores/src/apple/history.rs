//! Notifications that did not arrive: the App Store Server API keeps them for 180 days.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;

use crate::milliseconds;
use tenjo_https::{ApiClient, CallError};

/// How long a token of ours is good for. Apple takes up to an hour.
const TOKEN_SECONDS: i64 = 600;

/// Asks Apple for notifications that it could not deliver.
#[derive(Clone)]
pub struct NotificationHistory {
    http: ApiClient,
    url: String,
    bundle_id: String,
    issuer_id: String,
    key_id: String,
    key: EncodingKey,
}

/// One page of notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// Each as it would have been delivered: signed, and to be verified like one.
    pub signed_payloads: Vec<String>,
    /// How to ask for the next page; `None` at the end.
    pub next: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    bid: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    start_date: i64,
    end_date: i64,
    only_failures: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    notification_history: Vec<Item>,
    #[serde(default)]
    has_more: bool,
    pagination_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    signed_payload: String,
}

impl NotificationHistory {
    /// By the settings that begin with `TENJO_APPLE_`.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let key = settings.read("TENJO_APPLE_API_KEY", |pem| {
            EncodingKey::from_ec_pem(pem.as_bytes()).map_err(|_| "is not a P-256 key in PEM")
        })?;
        Ok(Self {
            http: ApiClient::new(),
            url: settings.text("TENJO_APPLE_API_URL")?.trim_end_matches('/').to_owned(),
            bundle_id: settings.text("TENJO_APPLE_BUNDLE_ID")?.to_owned(),
            issuer_id: settings.text("TENJO_APPLE_API_ISSUER_ID")?.to_owned(),
            key_id: settings.text("TENJO_APPLE_API_KEY_ID")?.to_owned(),
            key,
        })
    }

    /// A page of the notifications that were to be sent from `start` to `end` and could
    /// not be delivered. `page` is what the page before gave as its next.
    ///
    /// # Errors
    /// When Apple does not answer, or refuses.
    pub async fn undelivered(
        &self,
        start: OffsetDateTime,
        end: OffsetDateTime,
        page: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<HistoryPage, CallError> {
        let refused = |error: &dyn std::fmt::Display| CallError::Refused(error.to_string());
        let mut url = format!("{}/inApps/v1/notifications/history", self.url);
        if let Some(page) = page {
            let page: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
            url = format!("{url}?paginationToken={page}");
        }
        let question = Question {
            start_date: milliseconds(start),
            end_date: milliseconds(end),
            only_failures: true,
        };
        let question = serde_json::to_string(&question).map_err(|error| refused(&error))?;
        let token = self.token(now)?;
        let body = ("application/json", question);
        let (status, body) = self.http.post(&url, Some(&token), body).await?;
        if !status.is_success() {
            return Err(refused(&format!("{status} for the history of notifications")));
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|error| refused(&error))?;
        Ok(HistoryPage {
            signed_payloads: answer
                .notification_history
                .into_iter()
                .map(|item| item.signed_payload)
                .collect(),
            next: answer.pagination_token.filter(|_| answer.has_more),
        })
    }

    fn token(&self, now: OffsetDateTime) -> Result<String, CallError> {
        let now = now.unix_timestamp();
        let claims = Claims {
            iss: &self.issuer_id,
            iat: now,
            exp: now + TOKEN_SECONDS,
            aud: "appstoreconnect-v1",
            bid: &self.bundle_id,
        };
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::ES256) };
        encode(&header, &claims, &self.key)
            .map_err(|error| CallError::Refused(format!("no token could be signed: {error}")))
    }
}
