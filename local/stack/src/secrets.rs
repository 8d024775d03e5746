//! Development keys and secrets: made at the first start, kept in `.tenjo/`,
//! never committed, and of no use elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// All secrets of one stack. They do not print.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// Signs tokens now.
    pub current: SigningKey,
    /// Is accepted already, and signs once the keys are rotated.
    pub next: SigningKey,
    /// Signs receipts of draws: an Ed25519 key, PKCS#8, PEM.
    pub receipt_key: String,
    /// The gateway sends it to the functions.
    pub origin_secret: String,
    /// The key that device ids are hashed with.
    pub device_hash_key: String,
    /// What the steps of the saga seal rows with.
    pub seal_keys: SealKeys,
    /// The password of each database user.
    pub passwords: BTreeMap<String, String>,
}

/// The secrets of the seals in the table of sagas.
#[derive(Serialize, Deserialize)]
pub struct SealKeys {
    /// For Reserve and Draw.
    pub reserve: String,
    /// For Draw and Grant.
    pub draw: String,
}

/// A key that signs access tokens: ES256.
#[derive(Serialize, Deserialize)]
pub struct SigningKey {
    /// Its name in the header of a token.
    pub kid: String,
    /// PKCS#8, PEM.
    pub private_key: String,
}

impl Secrets {
    /// Reads them, or makes and stores them.
    pub(crate) fn load_or_make(path: &Path) -> anyhow::Result<Self> {
        let what = || format!("{} (delete it, and new ones are made)", path.display());
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(what),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secrets = Self::make()?;
                secrets.write(path).with_context(what)?;
                Ok(secrets)
            }
            Err(error) => Err(error).with_context(what),
        }
    }

    /// Makes and stores the passwords of roles that have none yet.
    pub(crate) fn complete(&mut self, roles: &BTreeSet<String>, path: &Path) -> anyhow::Result<()> {
        let before = self.passwords.len();
        for role in roles {
            self.passwords.entry(role.clone()).or_insert_with(random);
        }
        if self.passwords.len() > before {
            self.write(path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        Ok(())
    }

    fn make() -> anyhow::Result<Self> {
        Ok(Self {
            current: SigningKey::make()?,
            next: SigningKey::make()?,
            receipt_key: receipt_key(rand::random()),
            origin_secret: random(),
            device_hash_key: random(),
            seal_keys: SealKeys { reserve: random(), draw: random() },
            passwords: BTreeMap::new(),
        })
    }

    /// The public keys that tokens are checked with, as a JSON Web Key Set.
    pub(crate) fn key_set(&self) -> anyhow::Result<Value> {
        Ok(json!({ "keys": [self.current.public_jwk()?, self.next.public_jwk()?] }))
    }
}

/// The name of the key that signs receipts.
pub(crate) const RECEIPT_KID: &str = "dev-receipts";

/// What is before the 32 secret bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

fn receipt_key(secret: [u8; 32]) -> String {
    let der = STANDARD.encode([&ED25519_PKCS8[..], &secret].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

/// The public keys that receipts are verified with, as a JSON Web Key Set.
pub(crate) fn receipt_keys(private_key: &str) -> anyhow::Result<Value> {
    let der = private_key.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let der = STANDARD.decode(der).context("the receipt key is damaged")?;
    let secret = der.strip_prefix(&ED25519_PKCS8).and_then(|secret| secret.try_into().ok());
    let secret: [u8; 32] = secret.context("the receipt key is damaged")?;
    let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
    let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
    Ok(json!({
        "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": RECEIPT_KID, "x": x }],
    }))
}

impl SigningKey {
    fn make() -> anyhow::Result<Self> {
        let key = p256::SecretKey::generate();
        let private_key = key.to_pkcs8_pem(LineEnding::LF)?.to_string();
        // The name only has to be new.
        let kid = format!("dev-{}", &random()[..8]);
        Ok(Self { kid, private_key })
    }

    /// The public half, PEM.
    pub(crate) fn public_pem(&self) -> anyhow::Result<String> {
        Ok(self.public_key()?.to_public_key_pem(LineEnding::LF)?)
    }

    fn public_jwk(&self) -> anyhow::Result<Value> {
        let point = self.public_key()?.to_sec1_point(false);
        let x = point.x().context("a public key is not infinite")?;
        let y = point.y().context("the point is not compressed")?;
        Ok(json!({
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        }))
    }

    fn public_key(&self) -> anyhow::Result<p256::PublicKey> {
        let key = p256::SecretKey::from_pkcs8_pem(&self.private_key);
        Ok(key.context("a signing key is damaged")?.public_key())
    }
}

/// 256 random bits, in characters that need no quoting anywhere.
fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_only_their_owner_may_read_them() {
        let path = std::env::temp_dir().join(format!("tenjo-secrets-{}", std::process::id()));
        let made = Secrets::load_or_make(&path).unwrap();
        let read = Secrets::load_or_make(&path).unwrap();
        assert_eq!(made.origin_secret, read.origin_secret);
        assert_eq!(made.current.private_key, read.current.private_key);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(path).unwrap();
    }

    fn roles(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_role_that_is_new_gets_a_password_and_the_others_keep_theirs() {
        let path = std::env::temp_dir().join(format!("tenjo-roles-{}", std::process::id()));
        let mut old = Secrets::load_or_make(&path).unwrap();
        old.complete(&roles(&["draw", "grant"]), &path).unwrap();
        let mut read = Secrets::load_or_make(&path).unwrap();
        assert_eq!(read.passwords, old.passwords, "it is written down");
        read.complete(&roles(&["draw", "grant", "seeds"]), &path).unwrap();
        let again = Secrets::load_or_make(&path).unwrap();
        assert_eq!(again.passwords.len(), 3);
        assert_eq!(again.passwords["draw"], old.passwords["draw"]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_public_key_of_receipts_is_that_of_the_private_one() {
        // From RFC 8037, appendix A.
        let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let set = receipt_keys(&receipt_key(secret.try_into().unwrap())).unwrap();
        assert_eq!(set["keys"][0]["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert!(receipt_keys("no key").is_err());
    }

    #[test]
    fn no_two_secrets_are_alike() {
        let path = std::env::temp_dir().join(format!("tenjo-alike-{}", std::process::id()));
        let mut secrets = Secrets::load_or_make(&path).unwrap();
        secrets.complete(&roles(&["draw", "grant", "refund"]), &path).unwrap();
        fs::remove_file(path).unwrap();
        let mut all: Vec<&String> = secrets.passwords.values().collect();
        all.extend([&secrets.origin_secret, &secrets.device_hash_key, &secrets.receipt_key]);
        all.extend([&secrets.current.kid, &secrets.next.kid]);
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 3 + 5);
    }

    #[test]
    fn the_key_set_holds_the_public_half_of_both_keys_and_nothing_else() {
        let secrets = Secrets::make().unwrap();
        let set = secrets.key_set().unwrap();
        for (jwk, key) in
            set["keys"].as_array().unwrap().iter().zip([&secrets.current, &secrets.next])
        {
            assert_eq!(jwk["kid"], key.kid.as_str());
            assert!(jwk.get("d").is_none());
            for coordinate in ["x", "y"] {
                let bytes = URL_SAFE_NO_PAD.decode(jwk[coordinate].as_str().unwrap()).unwrap();
                assert_eq!(bytes.len(), 32);
            }
            assert!(key.public_pem().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
        }
    }
}
