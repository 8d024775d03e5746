//! Play Integrity: Google says what it thinks of an app and a device. Tokens are opaque
//! here; Google decodes them, for a service account of the app's project.

use serde::Deserialize;
use tenjo_google::{GoogleApi, ServiceAccount, half};
use tenjo_https::CallError;
use tenjo_settings::{SettingError, Settings};
use time::{Duration, OffsetDateTime};

use crate::{AttestationError, Refused};

/// The right that tokens are asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/playintegrity";

/// How old a verdict may be: as old as the challenge that it answers.
const MAX_AGE: Duration = crate::challenge::LIFETIME;

/// How far Google's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::minutes(1);

/// Asks Google what it thinks of a token, for one app.
pub struct PlayIntegrity {
    api: GoogleApi,
    url: String,
    package_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    token_payload_external: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    request_details: RequestDetails,
    app_integrity: AppIntegrity,
    #[serde(default)]
    device_integrity: DeviceIntegrity,
    #[serde(default)]
    testing_details: TestingDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestDetails {
    request_package_name: String,
    nonce: Option<String>,
    timestamp_millis: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppIntegrity {
    app_recognition_verdict: String,
    package_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct DeviceIntegrity {
    #[serde(default)]
    device_recognition_verdict: Vec<String>,
}

/// An operator can have Google answer testers whatever they like.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct TestingDetails {
    #[serde(default)]
    is_testing_response: bool,
}

impl PlayIntegrity {
    /// As this account, at this address, for the app of this package.
    #[must_use]
    pub fn new(account: ServiceAccount, url: &str, package_name: &str) -> Self {
        Self {
            api: GoogleApi::new(account, SCOPE),
            url: url.trim_end_matches('/').to_owned(),
            package_name: package_name.to_owned(),
        }
    }

    /// By `TENJO_GOOGLE_INTEGRITY_ACCOUNT`, `TENJO_GOOGLE_INTEGRITY_URL` and
    /// `TENJO_GOOGLE_PACKAGE_NAME`.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let account = settings.read("TENJO_GOOGLE_INTEGRITY_ACCOUNT", ServiceAccount::read)?;
        let url = settings.text("TENJO_GOOGLE_INTEGRITY_URL")?;
        Ok(Self::new(account, url, settings.text("TENJO_GOOGLE_PACKAGE_NAME")?))
    }

    /// Checks a token that was asked for with this nonce.
    ///
    /// # Errors
    /// When Google does not vouch for it, or cannot be asked.
    pub async fn verify(
        &self,
        token: &str,
        nonce: &str,
        now: OffsetDateTime,
    ) -> Result<(), AttestationError> {
        let Self { url, package_name, .. } = self;
        let url = format!("{url}/v1/{package_name}:decodeIntegrityToken");
        let body = serde_json::json!({ "integrityToken": token }).to_string();
        let (status, body) = self.api.post(&url, body, now).await?;
        let payload = match status.as_u16() {
            200 => serde_json::from_slice::<Answer>(&body).map_err(half)?.token_payload_external,
            // It is no token, or one of another app.
            400 => return Err(Refused::Form.into()),
            _ => return Err(CallError::Refused(format!("{status} for an integrity token")).into()),
        };
        Ok(payload.check(package_name, nonce, now)?)
    }
}

impl Payload {
    fn check(&self, package_name: &str, nonce: &str, now: OffsetDateTime) -> Result<(), Refused> {
        let Self { request_details: request, app_integrity: app, .. } = self;
        let of_app = app.package_name.as_deref();
        if request.request_package_name != package_name
            || of_app.is_some_and(|of_app| of_app != package_name)
        {
            return Err(Refused::App);
        }
        // Google may add what fills base64 up.
        let answered = request.nonce.as_deref().map(|sent| sent.trim_end_matches('='));
        if answered != Some(nonce) {
            return Err(Refused::Challenge);
        }
        let millis: i128 = request.timestamp_millis.parse().map_err(|_| Refused::Time)?;
        let made_at = millis.checked_mul(1_000_000).ok_or(Refused::Time)?;
        let made_at =
            OffsetDateTime::from_unix_timestamp_nanos(made_at).map_err(|_| Refused::Time)?;
        if made_at < now - MAX_AGE || made_at > now + CLOCK_SKEW {
            return Err(Refused::Time);
        }
        if self.testing_details.is_testing_response {
            return Err(Refused::Environment);
        }
        let device = &self.device_integrity.device_recognition_verdict;
        let is_genuine = device.iter().any(|verdict| verdict == "MEETS_DEVICE_INTEGRITY");
        if app.app_recognition_verdict != "PLAY_RECOGNIZED" || !is_genuine {
            return Err(Refused::Unrecognised);
        }
        Ok(())
    }
}
