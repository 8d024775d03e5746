//! App Attest: a key that the device's hardware made for a genuine copy of the app.
//!
//! The statement is CBOR in the form of `WebAuthn`, and Apple signs the certificate of the
//! key. The certificate has a nonce, which is the hash of all that the statement says and
//! of our challenge. So nothing of it can be changed, and it answers no other challenge.

use ciborium::Value;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tenjo_certificates::{CertificateDer, ObjectIdentifier, Roots};
use tenjo_domain::AppAttestEnvironment;
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;

use crate::Refused;

const FORMAT: &str = "apple-appattest";

/// The extension of the key's certificate that has the nonce.
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.8.2");

/// How the nonce stands there, in DER: a sequence with one octet string of 32 bytes under
/// the tag 1.
const BEFORE_NONCE: [u8; 6] = [0x30, 0x24, 0xa1, 0x22, 0x04, 0x20];

/// How many certificates are read: that of the key, and one or more of authorities. Apple
/// sends two.
const CHAIN: std::ops::RangeInclusive<usize> = 2..=4;

/// Believes statements of App Attest, for some apps.
pub struct AppAttest {
    roots: Roots,
    apps: Vec<[u8; 32]>,
    environment: AppAttestEnvironment,
}

#[derive(Deserialize)]
struct Object {
    fmt: String,
    #[serde(rename = "attStmt")]
    statement: Statement,
    #[serde(rename = "authData")]
    data: Value,
}

#[derive(Deserialize)]
struct Statement {
    x5c: Vec<Value>,
}

/// What the statement says of its key: `authData` of `WebAuthn`, without flags and the key,
/// which is in the certificate.
struct Data<'a> {
    app: &'a [u8],
    counter: &'a [u8],
    environment: &'a [u8],
    key_id: &'a [u8],
}

impl AppAttest {
    /// By these roots, for apps by their ids, such as `TEAM123456.game.example`.
    #[must_use]
    pub fn new(roots: Roots, app_ids: &[&str], environment: AppAttestEnvironment) -> Self {
        let apps = app_ids.iter().map(|id| Sha256::digest(id).into()).collect();
        Self { roots, apps, environment }
    }

    /// By `TENJO_APPLE_ATTEST_ROOTS`, `TENJO_APPLE_APP_IDS` and
    /// `TENJO_APPLE_ATTEST_ENVIRONMENT`.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let roots = settings.read("TENJO_APPLE_ATTEST_ROOTS", Roots::read)?;
        let app_ids: Vec<_> =
            settings.text("TENJO_APPLE_APP_IDS")?.split(',').map(str::trim).collect();
        let environment = settings.read("TENJO_APPLE_ATTEST_ENVIRONMENT", str::parse)?;
        Ok(Self::new(roots, &app_ids, environment))
    }

    /// Checks a statement that was made for this hash.
    ///
    /// # Errors
    /// When it is not believed.
    pub fn verify(
        &self,
        statement: &[u8],
        client_data_hash: &[u8],
        now: OffsetDateTime,
    ) -> Result<(), Refused> {
        let mut rest = statement;
        let object: Object = ciborium::from_reader(&mut rest).map_err(|_| Refused::Form)?;
        if object.fmt != FORMAT || !rest.is_empty() {
            return Err(Refused::Form);
        }
        let bytes = |value: Value| value.into_bytes().map_err(|_| Refused::Form);
        let text = bytes(object.data)?;
        let data = Data::read(&text).ok_or(Refused::Form)?;
        let chain = object.statement.x5c.into_iter().map(|it| bytes(it).map(CertificateDer::from));
        let chain: Vec<_> = chain.collect::<Result<_, _>>()?;
        if !CHAIN.contains(&chain.len()) {
            return Err(Refused::Untrusted);
        }
        let path = self.roots.path(&chain, now).map_err(|_| Refused::Untrusted)?;
        let certificate = path.first().ok_or(Refused::Untrusted)?;

        let nonce = Sha256::new().chain_update(&text).chain_update(client_data_hash).finalize();
        let shown = certificate.extension(NONCE).ok_or(Refused::Untrusted)?;
        if shown.strip_prefix(&BEFORE_NONCE) != Some(&nonce[..]) {
            return Err(Refused::Challenge);
        }
        let key = certificate.public_key().ok_or(Refused::Untrusted)?;
        if data.key_id != &Sha256::digest(key)[..] {
            return Err(Refused::Key);
        }
        if !self.apps.iter().any(|app| app == data.app) {
            return Err(Refused::App);
        }
        if data.environment != self.environment.aaguid() {
            return Err(Refused::Environment);
        }
        if data.counter == [0; 4] { Ok(()) } else { Err(Refused::Counter) }
    }
}

impl<'a> Data<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let (app, rest) = text.split_at_checked(32)?;
        let (_flags, rest) = rest.split_at_checked(1)?;
        let (counter, rest) = rest.split_at_checked(4)?;
        let (environment, rest) = rest.split_at_checked(16)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (key_id, _key) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        Some(Self { app, counter, environment, key_id })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use time::macros::datetime;

    use super::*;

    /// The example of Apple's "Attestation Object Validation Guide", and Apple's own root,
    /// which is that of the set-up page. Its receipt, which is not read and not covered by the
    /// nonce, lacked 21 bytes where we found it; here its length says what is there.
    const EXAMPLE: &str = include_str!("apple/test-attestation.txt");
    const ROOT: &str = include_str!("../../../infra/apple-app-attestation-root-ca.pem");
    const APP: &str = "0352187391.com.apple.example_app_attest";
    /// What the guide appends as the hash, although it is none.
    const HASH: &[u8] = b"test_server_challenge";
    /// The certificate is good for three days.
    const AT: OffsetDateTime = datetime!(2024-04-18 16:20 UTC);

    fn example() -> Vec<u8> {
        STANDARD.decode(EXAMPLE.split_whitespace().collect::<String>()).unwrap()
    }

    fn believes(app: &str, environment: AppAttestEnvironment) -> AppAttest {
        AppAttest::new(Roots::read(ROOT).unwrap(), &["TEAM123456.another.game", app], environment)
    }

    #[test]
    fn apples_own_example_is_believed_while_its_certificate_is_valid() {
        let believes = believes(APP, AppAttestEnvironment::Production);
        for (at, outcome) in [
            (AT, Ok(())),
            (datetime!(2024-04-17 16:14 UTC), Err(Refused::Untrusted)),
            (datetime!(2024-04-20 16:15 UTC), Err(Refused::Untrusted)),
        ] {
            assert_eq!(believes.verify(&example(), HASH, at), outcome, "{at}");
        }
    }

    #[test]
    fn apples_example_is_of_its_app_its_environment_and_its_challenge() {
        let here = AppAttestEnvironment::Production;
        for (app, environment, hash, refused) in [
            ("0352187391.com.apple", here, HASH, Refused::App),
            (APP, AppAttestEnvironment::Development, HASH, Refused::Environment),
            (APP, here, b"test_server_challengf".as_slice(), Refused::Challenge),
            (APP, here, b"", Refused::Challenge),
        ] {
            let outcome = believes(app, environment).verify(&example(), hash, AT);
            assert_eq!(outcome, Err(refused), "{app} {environment} {hash:?}");
        }
    }

    #[test]
    fn an_example_of_which_any_byte_that_counts_was_changed_is_not_believed() {
        let believes = believes(APP, AppAttestEnvironment::Production);
        let good = example();
        let place = |part: &[u8]| good.windows(part.len()).position(|it| it == part).unwrap();
        // What the statement says, and the certificates; the receipt between is not read.
        let counts = (0..place(b"receipt")).chain(place(b"authData")..good.len());
        for index in counts.step_by(7) {
            let mut changed = good.clone();
            changed[index] ^= 1;
            assert!(believes.verify(&changed, HASH, AT).is_err(), "byte {index}");
        }
        for end in [0, 1, good.len() / 2, good.len() - 1] {
            assert!(believes.verify(&good[..end], HASH, AT).is_err(), "cut at {end}");
        }
        let mut longer = good;
        longer.push(0);
        assert_eq!(believes.verify(&longer, HASH, AT), Err(Refused::Form));
    }
}
