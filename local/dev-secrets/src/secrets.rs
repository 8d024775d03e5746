//! The secrets of one stack, and their file.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tenjo_stack::secrets::{PublicHalves, SealKeys, Secrets, SigningKey};

/// Reads the secrets or makes them, makes the passwords of roles that have none yet, and
/// stores what is new. Gives the public halves of the keys too.
///
/// # Errors
/// The file cannot be read or written, or is damaged.
pub(crate) fn load_or_make(
    path: &Path,
    receipt_kid: &str,
    roles: &[String],
) -> anyhow::Result<(Secrets, PublicHalves)> {
    let what = || format!("{} (delete it, and new ones are made)", path.display());
    let found = match fs::read(path) {
        Ok(json) => Some(Secrets::parse(&json).with_context(what)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(what),
    };
    let is_new = found.is_none();
    let mut secrets = found.map_or_else(make, Ok)?;
    let public = public_halves(&secrets, receipt_kid).with_context(what)?;
    if complete(&mut secrets, roles) || is_new {
        write(&secrets, path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok((secrets, public))
}

fn public_halves(secrets: &Secrets, receipt_kid: &str) -> anyhow::Result<PublicHalves> {
    let (current, next) = (public_jwk(&secrets.current)?, public_jwk(&secrets.next)?);
    let receipts = tenjo_keys::public_receipt_key(receipt_kid, &secrets.receipt_key)?;
    Ok(PublicHalves {
        current_pem: tenjo_keys::public_pem(&current)?,
        next_pem: tenjo_keys::public_pem(&next)?,
        token_keys: json!({ "keys": [current, next] }),
        receipt_keys: json!({ "keys": [receipts] }),
    })
}

fn public_jwk(key: &SigningKey) -> anyhow::Result<Value> {
    Ok(tenjo_keys::public_signing_key(&key.kid, &key.private_key)?)
}

fn make() -> anyhow::Result<Secrets> {
    Ok(Secrets {
        current: signing_key()?,
        next: signing_key()?,
        receipt_key: tenjo_keys::receipt_key(),
        origin_secret: random(),
        device_hash_key: random(),
        seal_keys: SealKeys { reserve: random(), draw: random() },
        passwords: BTreeMap::new(),
    })
}

fn signing_key() -> anyhow::Result<SigningKey> {
    // The name only has to be new.
    let kid = format!("dev-{}", &random()[..8]);
    Ok(SigningKey { kid, private_key: tenjo_keys::signing_key()? })
}

/// Makes the passwords of roles that have none yet; whether there was one.
fn complete(secrets: &mut Secrets, roles: &[String]) -> bool {
    let before = secrets.passwords.len();
    for role in roles {
        secrets.passwords.entry(role.clone()).or_insert_with(random);
    }
    secrets.passwords.len() > before
}

/// Writes all or nothing, because a stack may be stopped while this runs. Nobody but the
/// owner may read the file.
fn write(secrets: &Secrets, path: &Path) -> anyhow::Result<()> {
    let new = path.with_extension("json.new");
    let mut text = serde_json::to_vec_pretty(secrets)?;
    text.push(b'\n');
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&text)?;
    fs::rename(new, path)?;
    Ok(())
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

    fn load_or_make(file: &Scratch, roles: &[String]) -> anyhow::Result<Secrets> {
        super::load_or_make(&file.0, "dev-receipts", roles).map(|(secrets, _)| secrets)
    }

    fn roles(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn secrets_are_made_once_and_only_their_owner_may_read_them() {
        let file = Scratch::new("secrets");
        let made = load_or_make(&file, &[]).unwrap();
        let text = fs::read_to_string(&file.0).unwrap();
        let read = load_or_make(&file, &[]).unwrap();
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
        let error = load_or_make(&file, &[]).err().unwrap().to_string();
        assert!(error.ends_with("(delete it, and new ones are made)"), "{error}");
        assert_eq!(fs::read_to_string(&file.0).unwrap(), "{}");
    }

    #[test]
    fn a_role_that_is_new_gets_a_password_and_the_others_keep_theirs() {
        let file = Scratch::new("roles");
        let old = load_or_make(&file, &roles(&["draw", "grant"])).unwrap();
        let read = load_or_make(&file, &[]).unwrap();
        assert_eq!(read.passwords, old.passwords, "it is written down");
        load_or_make(&file, &roles(&["draw", "grant", "seeds"])).unwrap();
        let again = load_or_make(&file, &[]).unwrap();
        assert_eq!(again.passwords.len(), 3);
        assert_eq!(again.passwords["draw"], old.passwords["draw"]);
        assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn no_two_secrets_are_alike() {
        let mut secrets = make().unwrap();
        assert!(complete(&mut secrets, &roles(&["draw", "grant", "refund"])));
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
    fn a_damaged_key_is_named_by_its_file() {
        let file = Scratch::new("key");
        let mut secrets = make().unwrap();
        secrets.next.private_key = "no key".to_owned();
        write(&secrets, &file.0).unwrap();
        let error = load_or_make(&file, &[]).err().unwrap();
        assert!(error.to_string().ends_with("(delete it, and new ones are made)"), "{error:#}");
    }

    #[test]
    fn the_public_half_of_each_key_is_given_and_nothing_else() {
        let secrets = make().unwrap();
        let public = public_halves(&secrets, "dev-receipts").unwrap();
        let current = public_jwk(&secrets.current).unwrap();
        let next = public_jwk(&secrets.next).unwrap();
        assert_eq!(public.current_pem, tenjo_keys::public_pem(&current).unwrap());
        assert_eq!(public.next_pem, tenjo_keys::public_pem(&next).unwrap());
        assert_eq!(public.token_keys, json!({ "keys": [current, next] }));
        assert_eq!(public.receipt_keys["keys"].as_array().unwrap().len(), 1);
        assert_eq!(public.receipt_keys["keys"][0]["kid"], "dev-receipts");
        let printed = serde_json::to_string(&public).unwrap();
        assert!(!printed.contains('\n'), "it is one line");
        for private in ["\"d\"", "PRIVATE KEY", &secrets.origin_secret] {
            assert!(!printed.contains(private), "{private}");
        }
    }
}
