//! The secrets of one stack, and their file.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// All secrets of one stack, as they are in the file. They do not print. `tenjo-stack` reads
/// the same file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Signs tokens now.
    current: SigningKey,
    /// Is accepted already, and signs once the keys are rotated.
    next: SigningKey,
    /// Signs receipts of draws: an Ed25519 key, PKCS#8, PEM.
    receipt_key: String,
    /// The gateway sends it to the functions.
    origin_secret: String,
    /// The key that device ids are hashed with.
    device_hash_key: String,
    /// What the steps of the saga seal rows with.
    seal_keys: SealKeys,
    /// The password of each database user.
    passwords: BTreeMap<String, String>,
}

/// The secrets of the seals in the table of sagas.
#[derive(Serialize, Deserialize)]
struct SealKeys {
    /// For Reserve and Draw.
    reserve: String,
    /// For Draw and Grant.
    draw: String,
}

/// A key that signs access tokens: ES256.
#[derive(Serialize, Deserialize)]
struct SigningKey {
    /// Its name in the header of a token.
    kid: String,
    /// PKCS#8, PEM.
    private_key: String,
}

impl Secrets {
    /// Reads them or makes them, makes the passwords of roles that have none yet, and stores
    /// what is new.
    ///
    /// # Errors
    /// The file cannot be read or written, or is damaged.
    pub(crate) fn load_or_make(path: &Path, roles: &[String]) -> anyhow::Result<Self> {
        let what = || format!("{} (delete it, and new ones are made)", path.display());
        let found: Option<Self> = match fs::read(path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).with_context(what)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(what),
        };
        let is_new = found.is_none();
        let mut secrets = found.map_or_else(Self::make, Ok)?;
        if secrets.complete(roles) || is_new {
            secrets.write(path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(secrets)
    }

    /// The public halves of the keys: both of tokens and that of receipts as JSON Web Key Sets,
    /// and those of tokens once more as PEM.
    ///
    /// # Errors
    /// A key is damaged.
    pub(crate) fn public_halves(&self, receipt_kid: &str) -> anyhow::Result<Value> {
        let (current, next) = (self.current.public_jwk()?, self.next.public_jwk()?);
        let receipts = tenjo_keys::public_receipt_key(receipt_kid, &self.receipt_key)?;
        Ok(json!({
            "current_pem": tenjo_keys::public_pem(&current)?,
            "next_pem": tenjo_keys::public_pem(&next)?,
            "token_keys": { "keys": [current, next] },
            "receipt_keys": { "keys": [receipts] },
        }))
    }

    fn make() -> anyhow::Result<Self> {
        Ok(Self {
            current: SigningKey::make()?,
            next: SigningKey::make()?,
            receipt_key: tenjo_keys::receipt_key(),
            origin_secret: random(),
            device_hash_key: random(),
            seal_keys: SealKeys { reserve: random(), draw: random() },
            passwords: BTreeMap::new(),
        })
    }

    /// Makes the passwords of roles that have none yet; whether there was one.
    fn complete(&mut self, roles: &[String]) -> bool {
        let before = self.passwords.len();
        for role in roles {
            self.passwords.entry(role.clone()).or_insert_with(random);
        }
        self.passwords.len() > before
    }

    /// Writes all or nothing, because a stack may be stopped while this runs. Nobody but the
    /// owner may read the file.
    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let new = path.with_extension("json.new");
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&text)?;
        fs::rename(new, path)?;
        Ok(())
    }
}

impl SigningKey {
    fn make() -> anyhow::Result<Self> {
        // The name only has to be new.
        let kid = format!("dev-{}", &random()[..8]);
        Ok(Self { kid, private_key: tenjo_keys::signing_key()? })
    }

    fn public_jwk(&self) -> anyhow::Result<Value> {
        Ok(tenjo_keys::public_signing_key(&self.kid, &self.private_key)?)
    }
}

/// 256 random bits, in characters that need no quoting anywhere.
fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    /// A file that is removed with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let name = format!("tenjo-{name}-{}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn roles(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn secrets_are_made_once_and_only_their_owner_may_read_them() {
        let file = Scratch::new("secrets");
        let made = Secrets::load_or_make(&file.0, &[]).unwrap();
        let text = fs::read_to_string(&file.0).unwrap();
        let read = Secrets::load_or_make(&file.0, &[]).unwrap();
        assert_eq!(made.origin_secret, read.origin_secret);
        assert_eq!(made.current.private_key, read.current.private_key);
        assert_eq!(fs::read_to_string(&file.0).unwrap(), text);
        assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!file.0.with_extension("json.new").exists(), "nothing else is left");
    }

    #[test]
    fn a_damaged_file_is_named_and_left_as_it_is() {
        let file = Scratch::new("damaged");
        fs::write(&file.0, "{}").unwrap();
        let error = Secrets::load_or_make(&file.0, &[]).err().unwrap().to_string();
        assert!(error.ends_with("(delete it, and new ones are made)"), "{error}");
        assert_eq!(fs::read_to_string(&file.0).unwrap(), "{}");
    }

    #[test]
    fn a_role_that_is_new_gets_a_password_and_the_others_keep_theirs() {
        let file = Scratch::new("roles");
        let old = Secrets::load_or_make(&file.0, &roles(&["draw", "grant"])).unwrap();
        let read = Secrets::load_or_make(&file.0, &[]).unwrap();
        assert_eq!(read.passwords, old.passwords, "it is written down");
        Secrets::load_or_make(&file.0, &roles(&["draw", "grant", "seeds"])).unwrap();
        let again = Secrets::load_or_make(&file.0, &[]).unwrap();
        assert_eq!(again.passwords.len(), 3);
        assert_eq!(again.passwords["draw"], old.passwords["draw"]);
        assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn no_two_secrets_are_alike() {
        let mut secrets = Secrets::make().unwrap();
        assert!(secrets.complete(&roles(&["draw", "grant", "refund"])));
        let mut all: Vec<&String> = secrets.passwords.values().collect();
        all.extend([&secrets.origin_secret, &secrets.device_hash_key, &secrets.receipt_key]);
        all.extend([&secrets.seal_keys.reserve, &secrets.seal_keys.draw]);
        for key in [&secrets.current, &secrets.next] {
            all.extend([&key.kid, &key.private_key]);
        }
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 3 + 5 + 4);
    }

    #[test]
    fn the_public_half_of_each_key_is_printed_and_nothing_else() {
        let secrets = Secrets::make().unwrap();
        let public = secrets.public_halves("dev-receipts").unwrap();
        let keys = public["token_keys"]["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2);
        for (jwk, key, pem) in
            [(&keys[0], &secrets.current, "current_pem"), (&keys[1], &secrets.next, "next_pem")]
        {
            assert_eq!(*jwk, key.public_jwk().unwrap());
            assert_eq!(public[pem], tenjo_keys::public_pem(jwk).unwrap());
        }
        assert_eq!(public["receipt_keys"]["keys"].as_array().unwrap().len(), 1);
        assert_eq!(public["receipt_keys"]["keys"][0]["kid"], "dev-receipts");
        assert_eq!(public.as_object().unwrap().len(), 4);
        let printed = public.to_string();
        assert!(!printed.contains('\n'), "it is one line");
        for private in ["\"d\"", "PRIVATE KEY", &secrets.origin_secret] {
            assert!(!printed.contains(private), "{private}");
        }
    }
}
