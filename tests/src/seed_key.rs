//! The key of the server seeds, used as one of the functions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tenjo_domain::{SeedPeriodId, ServerSeed};
use tenjo_store::seed::{KeyError, SeedKey, Using};

use crate::{aws, variable};

/// The key, as the function `rotate-seeds`, which may use it both ways.
#[derive(Debug, Clone, Copy)]
pub struct TestKey;

impl TestKey {
    async fn call(
        self,
        operation: &str,
        period_id: SeedPeriodId,
        name: &str,
        value: &[u8],
        answer: &str,
    ) -> Result<Vec<u8>, KeyError> {
        let input = json!({
            "KeyId": variable("TENJO_SEED_KEY_ARN"),
            "EncryptionContext": { "period_id": period_id.0.to_string() },
            name: STANDARD.encode(value),
        });
        let url = variable("AWS_ENDPOINT_URL_KMS");
        let target = format!("TrentService.{operation}");
        let (status, answered) = aws::call(&url, "rotate-seeds", &target, &input).await;
        match (status, &answered[answer]) {
            (200, Value::String(text)) => Ok(STANDARD.decode(text).expect("base64")),
            _ => Err(KeyError { is_transient: false, cause: answered.to_string().into() }),
        }
    }
}

impl SeedKey for TestKey {
    fn encrypt<'a>(
        &'a self,
        period_id: SeedPeriodId,
        server_seed: &'a ServerSeed,
    ) -> Using<'a, Vec<u8>> {
        let seed = server_seed.expose();
        Box::pin(self.call("Encrypt", period_id, "Plaintext", seed, "CiphertextBlob"))
    }

    fn decrypt<'a>(
        &'a self,
        period_id: SeedPeriodId,
        ciphertext: &'a [u8],
    ) -> Using<'a, ServerSeed> {
        Box::pin(async move {
            let seed =
                self.call("Decrypt", period_id, "CiphertextBlob", ciphertext, "Plaintext").await?;
            Ok(ServerSeed::new(seed.try_into().expect("a seed of 32 bytes")))
        })
    }
}
