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

/// The keys at an address.
pub(crate) struct PublishedKeys {
    http: ApiClient,
    url: String,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    keys: HashMap<String, DecodingKey>,
    asked_at: OffsetDateTime,
}

impl PublishedKeys {
    pub(crate) fn at(url: &str) -> Self {
        Self { http: ApiClient::new(), url: url.to_owned(), kept: Mutex::new(None) }
    }

    /// The key with this name; `None` if the issuer publishes none.
    ///
    /// # Errors
    /// When they have to be asked for, and are not to be had.
    pub(crate) async fn find(
        &self,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<Option<DecodingKey>, CallError> {
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
