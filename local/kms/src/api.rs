//! `Encrypt` and `Decrypt`, with AWS's requests and answers.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tenjo_aws_json::{Failure, Service, read, refused, unknown_operation, validation};
use tenjo_iam::{Identities, Identity};

use crate::keys::Keys;

/// The most bytes that `Encrypt` takes.
const MOST_BYTES: usize = 4096;

/// The keys, and who may use them.
pub(crate) struct Kms {
    pub(crate) keys: Keys,
    pub(crate) identities: Identities,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Encrypt {
    key_id: String,
    plaintext: String,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Decrypt {
    key_id: String,
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
}

impl Service for Kms {
    fn identities(&self) -> &Identities {
        &self.identities
    }

    fn call(
        &self,
        caller: &Identity,
        operation: Option<&str>,
        body: &[u8],
    ) -> Result<Value, Failure> {
        match operation {
            Some("TrentService.Encrypt") => {
                let Encrypt { key_id, plaintext, encryption_context } = read(body)?;
                caller.authorize("kms:Encrypt", &key_id)?;
                self.check(&key_id)?;
                let plaintext = bytes("plaintext", &plaintext)?;
                let ciphertext = self
                    .keys
                    .encrypt(&key_id, &context(&encryption_context), &plaintext)
                    .ok_or_else(|| validation("the plaintext cannot be encrypted"))?;
                Ok(json!({
                    "CiphertextBlob": STANDARD.encode(ciphertext),
                    "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "KeyId": key_id,
                }))
            }
            Some("TrentService.Decrypt") => {
                let Decrypt { key_id, ciphertext_blob, encryption_context } = read(body)?;
                caller.authorize("kms:Decrypt", &key_id)?;
                self.check(&key_id)?;
                let ciphertext = bytes("ciphertextBlob", &ciphertext_blob)?;
                let plaintext =
                    self.keys.decrypt(&key_id, &context(&encryption_context), &ciphertext);
                let plaintext =
                    plaintext.ok_or_else(|| refused("InvalidCiphertextException", ""))?;
                Ok(json!({
                    "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "KeyId": key_id,
                    "Plaintext": STANDARD.encode(plaintext),
                }))
            }
            other => Err(unknown_operation(other)),
        }
    }
}

impl Kms {
    fn check(&self, key_id: &str) -> Result<(), Failure> {
        if self.keys.has(key_id) {
            return Ok(());
        }
        let message = format!("Key '{key_id}' does not exist, or is not named by its ARN");
        Err(refused("NotFoundException", message))
    }
}

/// The encryption context as bytes: a map is written in the order of its names.
fn context(context: &BTreeMap<String, String>) -> Vec<u8> {
    json!(context).to_string().into_bytes()
}

fn bytes(name: &str, text: &str) -> Result<Vec<u8>, Failure> {
    match STANDARD.decode(text) {
        Ok(bytes) if (1..=MOST_BYTES).contains(&bytes.len()) => Ok(bytes),
        Ok(bytes) => Err(validation(format!(
            "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member \
             must have length between 1 and {MOST_BYTES}, and has {}",
            bytes.len()
        ))),
        Err(_) => Err(refused("SerializationException", format!("{name} is not base64"))),
    }
}

#[cfg(test)]
mod tests;
