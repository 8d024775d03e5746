//! The key of the server seeds, in KMS. Only Draw and `rotate-seeds` build this crate,
//! and only their roles may use the key.
//!
//! A ciphertext is bound to its period by KMS's encryption context: under another
//! period's id, KMS refuses to decrypt it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tenjo_aws::{CallError, KMS, Patience, Service, persist};
use tenjo_domain::{SeedPeriodId, ServerSeed};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::seed::{KeyError, SeedKey, Using};
use tokio::time::Instant;

/// The ARN of the key.
const SETTING: &str = "TENJO_SEED_KEY_ARN";

/// How long one try may take, and all of them. A step of the saga has five seconds, and
/// may have waited three of them for a lock.
const TRY_WITHIN: Duration = Duration::from_millis(700);
const WITHIN: Duration = Duration::from_millis(1500);

/// A key in KMS.
#[derive(Debug)]
pub struct KmsKey {
    arn: String,
    kms: Service,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted {
    ciphertext_blob: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted {
    plaintext: String,
}

impl KmsKey {
    /// The key that the settings name.
    ///
    /// # Errors
    /// When they name none.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self { arn: settings.text(SETTING)?.to_owned(), kms: Service::from_env(KMS) })
    }

    async fn call<T: for<'a> Deserialize<'a>>(
        &self,
        operation: &str,
        period_id: SeedPeriodId,
        mut body: Value,
    ) -> Result<T, KeyError> {
        body["KeyId"] = json!(self.arn);
        body["EncryptionContext"] = json!({ "period_id": period_id.0.to_string() });
        let patience = Patience { one: TRY_WITHIN, deadline: Instant::now() + WITHIN };
        let answer = persist(patience, || self.kms.call(operation, &body)).await;
        let answer = answer.map_err(|error| KeyError {
            is_transient: error.is_worth_repeating,
            cause: error.into(),
        })?;
        // serde's message is dropped, because it could quote the seed.
        serde_json::from_slice(&answer).map_err(|_| unreadable())
    }
}

fn unreadable() -> KeyError {
    let cause = CallError::never("its answer cannot be read");
    KeyError { is_transient: false, cause: cause.into() }
}

impl SeedKey for KmsKey {
    fn encrypt<'a>(
        &'a self,
        period_id: SeedPeriodId,
        server_seed: &'a ServerSeed,
    ) -> Using<'a, Vec<u8>> {
        Box::pin(async move {
            let body = json!({ "Plaintext": STANDARD.encode(server_seed.expose()) });
            let Encrypted { ciphertext_blob } = self.call("Encrypt", period_id, body).await?;
            STANDARD.decode(ciphertext_blob).map_err(|_| unreadable())
        })
    }

    fn decrypt<'a>(
        &'a self,
        period_id: SeedPeriodId,
        ciphertext: &'a [u8],
    ) -> Using<'a, ServerSeed> {
        Box::pin(async move {
            let body = json!({ "CiphertextBlob": STANDARD.encode(ciphertext) });
            let Decrypted { plaintext } = self.call("Decrypt", period_id, body).await?;
            let seed = STANDARD.decode(plaintext).map_err(|_| unreadable())?;
            Ok(ServerSeed::new(seed.try_into().map_err(|_| unreadable())?))
        })
    }
}
