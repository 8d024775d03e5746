//! Calls of Google's APIs as a service account.

use bytes::Bytes;
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};
use tenjo_https::{ApiClient, CallError};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

/// How long an assertion of ours is good for. Google takes up to an hour.
const ASSERTION_SECONDS: i64 = 600;

/// A token is no longer used when it is about to end.
const TOKEN_MARGIN: Duration = Duration::seconds(60);

/// Calls with one right of one account. A token is asked for once, and kept while it is
/// good.
pub struct GoogleApi {
    http: ApiClient,
    account: ServiceAccount,
    scope: &'static str,
    token: Mutex<Option<Token>>,
}

/// A service account's key, as Google gives it to whoever makes one.
#[derive(Deserialize)]
struct ServiceAccountFile {
    client_email: String,
    private_key: String,
    private_key_id: String,
    token_uri: String,
}

/// A service account.
pub struct ServiceAccount {
    email: String,
    key_id: String,
    key: EncodingKey,
    token_url: String,
}

struct Token {
    text: String,
    ends_at: OffsetDateTime,
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: i64,
}

impl GoogleApi {
    /// As this account, with the right to this scope.
    #[must_use]
    pub fn new(account: ServiceAccount, scope: &'static str) -> Self {
        Self { http: ApiClient::new(), account, scope, token: Mutex::new(None) }
    }

    /// `GET` of an address.
    ///
    /// # Errors
    /// When there is no answer in time, or no token.
    pub async fn get(
        &self,
        url: &str,
        now: OffsetDateTime,
    ) -> Result<(StatusCode, Bytes), CallError> {
        self.http.get(url, Some(&self.token(now).await?)).await
    }

    /// `POST` of JSON to an address.
    ///
    /// # Errors
    /// The same.
    pub async fn post(
        &self,
        url: &str,
        body: String,
        now: OffsetDateTime,
    ) -> Result<(StatusCode, Bytes), CallError> {
        let token = self.token(now).await?;
        self.http.post(url, Some(&token), ("application/json", body)).await
    }

    async fn token(&self, now: OffsetDateTime) -> Result<String, CallError> {
        let mut kept = self.token.lock().await;
        if let Some(token) = &*kept
            && token.ends_at > now + TOKEN_MARGIN
        {
            return Ok(token.text.clone());
        }
        let assertion = self.account.assertion(self.scope, now)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", &assertion)
            .finish();
        let body = ("application/x-www-form-urlencoded", form);
        let (status, body) = self.http.post(&self.account.token_url, None, body).await?;
        if !status.is_success() {
            return Err(CallError::Refused(format!("{status} for the service account")));
        }
        let answer: TokenAnswer = serde_json::from_slice(&body).map_err(half)?;
        let ends_at = now + Duration::seconds(answer.expires_in);
        *kept = Some(Token { text: answer.access_token.clone(), ends_at });
        Ok(answer.access_token)
    }
}

impl ServiceAccount {
    /// Reads the file of its key.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read(json: &str) -> Result<Self, &'static str> {
        let file: ServiceAccountFile =
            serde_json::from_str(json).map_err(|_| "is not the key file of a service account")?;
        let key = EncodingKey::from_rsa_pem(file.private_key.as_bytes());
        Ok(Self {
            email: file.client_email,
            key_id: file.private_key_id,
            key: key.map_err(|_| "has no RSA key in PEM")?,
            token_url: file.token_uri,
        })
    }

    fn assertion(&self, scope: &str, now: OffsetDateTime) -> Result<String, CallError> {
        let now = now.unix_timestamp();
        let claims = Assertion {
            iss: &self.email,
            scope,
            aud: &self.token_url,
            iat: now,
            exp: now + ASSERTION_SECONDS,
        };
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::RS256) };
        encode(&header, &claims, &self.key)
            .map_err(|error| CallError::Refused(format!("no assertion could be signed: {error}")))
    }
}

/// Google answered something that its documents do not allow. It may be whole the next time.
pub fn half(problem: impl std::fmt::Display) -> CallError {
    CallError::Unavailable(format!("an answer that is not whole: {problem}"))
}
