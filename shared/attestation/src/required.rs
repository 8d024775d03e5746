//! What an installation asks of a new device.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use tenjo_domain::{AttestationPlatform, DeviceAttestation, Invalid};
use tenjo_http::ApiError;
use tenjo_sessions::device::{Device, DeviceKeys};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::{Conn, attestation};
use time::OffsetDateTime;

use crate::challenge::Challenge;
use crate::{AppAttest, AttestationError, PlayIntegrity, Refused};

/// The longest statement that is read: Apple's have about 7500 characters.
const MAX_STATEMENT: usize = 16_384;

const CHALLENGE: std::ops::RangeInclusive<usize> = 16..=128;

/// Asks new devices for an attestation, and checks it.
pub struct Attestations {
    apple: AppAttest,
    google: PlayIntegrity,
}

/// The field of a request by which a device is attested.
#[derive(Deserialize)]
pub struct AttestationFields {
    platform: String,
    challenge: String,
    statement: String,
}

/// What a client sends, in the form of it. It proves nothing yet.
pub struct Sent {
    platform: AttestationPlatform,
    challenge: String,
    statement: String,
}

/// A device that was attested by a challenge, which is to be used up.
pub struct Attested(Challenge);

impl Sent {
    /// Reads the field.
    ///
    /// # Errors
    /// - `invalid_request`
    pub fn read(fields: AttestationFields) -> Result<Self, ApiError> {
        let AttestationFields { platform, challenge, statement } = fields;
        let platform = platform.parse().map_err(ApiError::field("attestation.platform"))?;
        let is_of = |text: &str, more: &[u8]| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !CHALLENGE.contains(&challenge.len()) || !is_of(&challenge, b"-_") {
            let why = Invalid("must be 16 to 128 letters, digits, - and _");
            return Err(ApiError::field("attestation.challenge")(why));
        }
        if !(1..=MAX_STATEMENT).contains(&statement.len()) || !is_of(&statement, b"+/=._-") {
            let why = Invalid("must be 1 to 16384 letters, digits, +, /, =, ., _ and -");
            return Err(ApiError::field("attestation.statement")(why));
        }
        Ok(Self { platform, challenge, statement })
    }
}

impl Attestations {
    /// By `TENJO_DEVICE_ATTESTATION`; `None` if devices need none. Otherwise also by the
    /// settings of both platforms.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Option<Self>, SettingError> {
        match settings.read("TENJO_DEVICE_ATTESTATION", str::parse)? {
            DeviceAttestation::Off => Ok(None),
            DeviceAttestation::Required => Ok(Some(Self {
                apple: AppAttest::from_settings(settings)?,
                google: PlayIntegrity::from_settings(settings)?,
            })),
        }
    }

    /// Asks a device for an attestation: the refusal has the challenge. It stands in every
    /// way that a device has to get one, so there is no route for it.
    #[must_use]
    pub fn ask(keys: &DeviceKeys, device: &Device, now: OffsetDateTime) -> ApiError {
        ApiError::AttestationRequired(Challenge::make(keys, device, now).text())
    }

    /// Checks what a device sent. It may take a call of Google's, so the caller holds no
    /// lock.
    ///
    /// # Errors
    /// - `attestation_invalid`
    /// - `try_later`: Google cannot be asked
    pub async fn check(
        &self,
        keys: &DeviceKeys,
        device: &Device,
        sent: &Sent,
        now: OffsetDateTime,
    ) -> Result<Attested, ApiError> {
        let challenge = Challenge::read(keys, device, &sent.challenge, now).ok_or_else(|| {
            ApiError::AttestationInvalid(
                "its challenge is not one that this device was given in the last five minutes"
                    .to_owned(),
            )
        })?;
        let hash = challenge.hash();
        let checked = match sent.platform {
            AttestationPlatform::Apple => match STANDARD.decode(&sent.statement) {
                Ok(statement) => self.apple.verify(&statement, &hash, now).map_err(Into::into),
                Err(_) => Err(Refused::Form.into()),
            },
            AttestationPlatform::Google => {
                self.google.verify(&sent.statement, &URL_SAFE_NO_PAD.encode(hash), now).await
            }
        };
        match checked {
            Ok(()) => Ok(Attested(challenge)),
            Err(AttestationError::Refused(refused)) => {
                Err(ApiError::AttestationInvalid(refused.to_string()))
            }
            Err(AttestationError::Call(error)) => Err(ApiError::TryLater(error.into())),
        }
    }
}

impl Attested {
    /// Uses the challenge up, in the transaction of what it was for. If the caller rolls
    /// back, it was not used.
    ///
    /// # Errors
    /// - `attestation_invalid`: it was used before
    pub async fn use_up(&self, conn: &mut Conn) -> Result<(), ApiError> {
        let Self(challenge) = self;
        if attestation::use_challenge(conn, challenge.hash(), challenge.expires_at).await? {
            Ok(())
        } else {
            Err(ApiError::AttestationInvalid("its challenge was used before".to_owned()))
        }
    }
}
