//! App Attest and Play Integrity, for devices that are made up: whatever a request says of
//! them is attested.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use rcgen::{
    Certificate, CustomExtension, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::acts::GOOGLE_PACKAGE_NAME;
use crate::authority::{Validity, authority, named};
use crate::{millis, now};

/// The app, as Apple's statements name it.
pub const APPLE_APP_ID: &str = "TEAM123456.game.tenjo";

/// The extension of a key's certificate that has the nonce.
const NONCE: &[u64] = &[1, 2, 840, 113_635, 100, 8, 2];

/// From when until when Apple's certificates of keys are valid, in days from now.
const THREE_DAYS: (i64, i64) = (-1, 2);

const INTERMEDIATE: &str = "Test Store App Attestation CA";

/// The authority that attests keys of devices, with the shape of Apple's: a root and an
/// intermediate of P-384.
#[derive(Clone, Serialize, Deserialize)]
pub struct AppAttestAuthority {
    /// The root, in PEM.
    pub root_pem: String,
    /// The intermediate, in base64, and its private key in PEM.
    intermediate: String,
    key: String,
}

/// What is to be attested of an iPhone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppleAttestation {
    /// The challenge that the app was given.
    pub challenge: String,
    /// Of which app.
    #[serde(default = "app_id")]
    pub app_id: String,
    /// Whether Xcode put the app there.
    #[serde(default)]
    pub is_development: bool,
    /// How often its key was used.
    #[serde(default)]
    pub counter: u32,
    /// From when until when the key's certificate is valid, in days from now.
    #[serde(default = "three_days")]
    pub valid: (i64, i64),
    /// Whether the statement names another key than the certificate is of.
    #[serde(default)]
    pub names_another_key: bool,
    /// Whether another authority signs, with the same names.
    #[serde(default)]
    pub by_a_stranger: bool,
}

/// What Google is to say of an Android device.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoogleAttestation {
    /// The challenge that the app was given.
    pub challenge: String,
    /// Fields of the verdict to replace, also inside of others; `null` takes one away.
    #[serde(default)]
    pub with: Map<String, Value>,
}

fn app_id() -> String {
    APPLE_APP_ID.to_owned()
}

const fn three_days() -> (i64, i64) {
    THREE_DAYS
}

impl AppleAttestation {
    /// A good one.
    #[must_use]
    pub fn of(challenge: &str) -> Self {
        Self {
            challenge: challenge.to_owned(),
            app_id: app_id(),
            is_development: false,
            counter: 0,
            valid: THREE_DAYS,
            names_another_key: false,
            by_a_stranger: false,
        }
    }
}

impl AppAttestAuthority {
    /// Makes one with new keys.
    ///
    /// # Errors
    /// Keys or certificates cannot be made.
    pub fn make() -> anyhow::Result<Self> {
        let years = Validity(-2000, 2000);
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let params = authority("Test Store App Attestation Root", years, now())?;
        let root = params.self_signed(&root_key)?;
        let root_issuer = Issuer::new(params, root_key);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let intermediate = authority(INTERMEDIATE, years, now())?.signed_by(&key, &root_issuer)?;
        Ok(Self {
            root_pem: root.pem(),
            intermediate: STANDARD.encode(intermediate.der()),
            key: key.serialize_pem(),
        })
    }

    /// What the app gives to the device for a challenge.
    #[must_use]
    pub fn hash(challenge: &str) -> [u8; 32] {
        Sha256::digest(challenge).into()
    }

    /// The statement that the device gives to the app.
    ///
    /// # Errors
    /// Keys or certificates cannot be made.
    pub fn attest(&self, attestation: &AppleAttestation) -> anyhow::Result<Vec<u8>> {
        if attestation.by_a_stranger {
            let known = AppleAttestation { by_a_stranger: false, ..attestation.clone() };
            return Self::make()?.attest(&known);
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let named_key = if attestation.names_another_key {
            b"another".as_slice()
        } else {
            key.public_key_raw()
        };
        let data = data(attestation, &Sha256::digest(named_key));
        let client_data_hash = Self::hash(&attestation.challenge);
        let nonce = Sha256::new().chain_update(&data).chain_update(client_data_hash).finalize();
        let certificate = self.certificate(&key, attestation.valid, &nonce)?;

        let text = |text: &str| Cbor::Text(text.to_owned());
        let chain = vec![
            Cbor::Bytes(certificate.der().to_vec()),
            Cbor::Bytes(STANDARD.decode(&self.intermediate)?),
        ];
        let statement = Cbor::Map(vec![
            (text("x5c"), Cbor::Array(chain)),
            (text("receipt"), Cbor::Bytes(b"a receipt, which nobody reads".to_vec())),
        ]);
        let object = Cbor::Map(vec![
            (text("fmt"), text("apple-appattest")),
            (text("attStmt"), statement),
            (text("authData"), Cbor::Bytes(data)),
        ]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&object, &mut bytes)?;
        Ok(bytes)
    }

    fn certificate(
        &self,
        key: &KeyPair,
        (from, until): (i64, i64),
        nonce: &[u8],
    ) -> anyhow::Result<Certificate> {
        let issuer = authority(INTERMEDIATE, Validity(-2000, 2000), now())?;
        let issuer = Issuer::new(issuer, KeyPair::from_pem(&self.key)?);
        let mut params = named("Test Store Device Key", Validity(from, until), now())?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // A sequence with one octet string under the tag 1, in DER.
        let content = [&[0x30, 0x24, 0xa1, 0x22, 0x04, 0x20], nonce].concat();
        params.custom_extensions.push(CustomExtension::from_oid_content(NONCE, content));
        Ok(params.signed_by(key, &issuer)?)
    }
}

/// `authData` of `WebAuthn`, with the first bytes of a key at its end.
fn data(attestation: &AppleAttestation, key_id: &[u8]) -> Vec<u8> {
    let environment: &[u8; 16] = match attestation.is_development {
        true => b"appattestdevelop",
        false => b"appattest\0\0\0\0\0\0\0",
    };
    let app = Sha256::digest(&attestation.app_id);
    let counter = attestation.counter.to_be_bytes();
    let parts: [&[u8]; 7] =
        [&app, &[0x40], &counter, environment, &[0, 32], key_id, &[0xa5, 1, 2, 3, 0x26, 0x20, 1]];
    parts.concat()
}

/// The nonce with which an app asks Google for a token.
#[must_use]
pub fn attested_nonce(challenge: &str) -> String {
    URL_SAFE_NO_PAD.encode(AppAttestAuthority::hash(challenge))
}

/// What Google says of a token that the device gives to the app.
pub(crate) fn verdict(attestation: &GoogleAttestation) -> Value {
    let mut payload = json!({
        "requestDetails": {
            "requestPackageName": GOOGLE_PACKAGE_NAME,
            "nonce": attested_nonce(&attestation.challenge),
            "timestampMillis": millis(now()).to_string(),
        },
        "appIntegrity": {
            "appRecognitionVerdict": "PLAY_RECOGNIZED",
            "packageName": GOOGLE_PACKAGE_NAME,
            "certificateSha256Digest": ["6a6a1474b5cbbb2b1aa57e0bc3"],
            "versionCode": "42",
        },
        "deviceIntegrity": { "deviceRecognitionVerdict": ["MEETS_DEVICE_INTEGRITY"] },
        "accountDetails": { "appLicensingVerdict": "LICENSED" },
    });
    merge(&mut payload, &attestation.with);
    payload
}

fn merge(into: &mut Value, with: &Map<String, Value>) {
    let Some(fields) = into.as_object_mut() else { return };
    for (name, value) in with {
        match value {
            Value::Null => {
                fields.remove(name);
            }
            Value::Object(inner) if fields.get(name).is_some_and(Value::is_object) => {
                merge(&mut fields[name], inner);
            }
            _ => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
}
