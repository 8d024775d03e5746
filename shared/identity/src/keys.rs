//! The keys that an issuer publishes, kept while a function is warm.

use std::collections::HashMap;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use tenjo_https::{ApiClient, CallError};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// How long keys are kept.
const KEYS_FOR: Duration = Duration::hours(1);

/// How soon they may be asked for again when a token names one that is not among them. So
/// whoever makes up names of keys costs the issuer a call a minute, and no more.
const KEYS_AGAIN_AFTER: Duration = Duration::minutes(1);

/// How soon they may be asked for again after they were not to be had. Until then a call
/// that needs one fails at once, and does not wait for an issuer that is down.
const KEYS_AGAIN_AFTER_FAILURE: Duration = Duration::seconds(10);

/// The keys at an address.
pub(crate) struct PublishedKeys {
    http: ApiClient,
    url: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    kept: Option<Kept>,
    /// When they were asked for last, if they were not to be had.
    failed_at: Option<OffsetDateTime>,
}

struct Kept {
    keys: HashMap<String, DecodingKey>,
    asked_at: OffsetDateTime,
}

impl PublishedKeys {
    pub(crate) fn at(url: &str) -> Self {
        Self { http: ApiClient::new(), url: url.to_owned(), known: Mutex::default() }
    }

    /// The key with this name; `None` if the issuer publishes none.
    ///
    /// # Errors
    /// When they have to be asked for, and are not to be had, or were not some seconds ago.
    pub(crate) async fn find(
        &self,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<Option<DecodingKey>, CallError> {
        let mut known = self.known.lock().await;
        if let Some(kept) = &known.kept {
            let key = kept.keys.get(kid).cloned();
            let kept_for = if key.is_some() { KEYS_FOR } else { KEYS_AGAIN_AFTER };
            if now - kept.asked_at < kept_for {
                return Ok(key);
            }
        }
        if known.failed_at.is_some_and(|at| now - at < KEYS_AGAIN_AFTER_FAILURE) {
            let why = "the issuer's keys were not to be had some seconds ago";
            return Err(CallError::Unavailable(why.to_owned()));
        }
        match self.ask().await {
            Ok(keys) => {
                let found = keys.get(kid).cloned();
                *known = Known { kept: Some(Kept { keys, asked_at: now }), failed_at: None };
                Ok(found)
            }
            Err(error) => {
                // Keys that are known stay so, for as long as they are kept.
                known.failed_at = Some(now);
                Err(error)
            }
        }
    }

    async fn ask(&self) -> Result<HashMap<String, DecodingKey>, CallError> {
        let (status, body) = self.http.get(&self.url, None).await?;
        let set: JwkSet = serde_json::from_slice(&body)
            .map_err(|error| CallError::Unavailable(format!("{status}: {error}")))?;
        let keys = set
            .keys
            .iter()
            .filter_map(|key| Some((key.common.key_id.clone()?, DecodingKey::from_jwk(key).ok()?)));
        Ok(keys.collect())
    }
}
