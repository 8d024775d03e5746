//! The keys, each in a file that only its owner can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

/// Symmetric keys by their ARN. As in KMS, what a key encrypted can be decrypted only
/// with the same key and the same encryption context.
pub(crate) struct Keys(BTreeMap<String, RandomizedNonceKey>);

impl Keys {
    /// Reads each key, or makes and stores it.
    pub(crate) fn load_or_make(arns: &[String], folder: &Path) -> anyhow::Result<Self> {
        let mut keys = BTreeMap::new();
        for arn in arns {
            let id = arn.rsplit('/').next().unwrap_or(arn);
            let file = folder.join(id);
            let what = || format!("cannot use the key {}", file.display());
            let bytes = match fs::read(&file) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    make(&file).with_context(what)?.to_vec()
                }
                Err(error) => return Err(error).with_context(what),
            };
            let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(anyhow::Error::msg);
            keys.insert(arn.clone(), key.with_context(what)?);
        }
        Ok(Self(keys))
    }

    pub(crate) fn has(&self, arn: &str) -> bool {
        self.0.contains_key(arn)
    }

    /// Encrypts with a key that is there.
    pub(crate) fn encrypt(&self, arn: &str, context: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = plaintext.to_vec();
        let key = self.0.get(arn)?;
        let nonce = key.seal_in_place_append_tag(Aad::from(context), &mut sealed).ok()?;
        Some([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Decrypts; `None` if it was not encrypted with this key and this context.
    pub(crate) fn decrypt(&self, arn: &str, context: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = ciphertext.split_first_chunk::<NONCE_LEN>()?;
        let (key, nonce) = (self.0.get(arn)?, Nonce::assume_unique_for_key(*nonce));
        let mut sealed = sealed.to_vec();
        let opened = key.open_in_place(nonce, Aad::from(context), &mut sealed).ok()?;
        Some(opened.to_vec())
    }
}

fn make(file: &Path) -> anyhow::Result<[u8; 32]> {
    let key: [u8; 32] = rand::random();
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}
