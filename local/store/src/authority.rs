//! A signing authority with the shape of Apple's: a root and an intermediate of P-384, a
//! signer of P-256, and Apple's marks. Tests make bad ones too.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::now;

/// Apple's mark of a signer of receipts, and of the intermediate authority.
const SIGNS_RECEIPTS: &[u64] = &[1, 2, 840, 113_635, 100, 6, 11, 1];
const DEVELOPER_RELATIONS: &[u64] = &[1, 2, 840, 113_635, 100, 6, 2, 1];

/// Which certificates carry Apple's marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Both.
    Both,
    /// Only the signer.
    NoIntermediate,
    /// Only the intermediate.
    NoSigner,
}

/// From when until when a certificate is valid, in days from now.
#[derive(Debug, Clone, Copy)]
pub struct Validity(pub i64, pub i64);

/// What an authority is to be like.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Apple's marks.
    pub marks: Marks,
    /// Of the signer.
    pub signer: Validity,
    /// Of the intermediate.
    pub intermediate: Validity,
    /// Whether the intermediate may sign certificates.
    pub intermediate_is_ca: bool,
}

impl Plan {
    /// As Apple's is.
    pub const GOOD: Self = Self {
        marks: Marks::Both,
        signer: Validity(-300, 400),
        intermediate: Validity(-2000, 2000),
        intermediate_is_ca: true,
    };
}

/// A root, an intermediate, and a signer with its key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authority {
    /// The root, in PEM.
    pub root_pem: String,
    /// The signer, the intermediate and the root, in base64, as a header has them.
    pub chain: Vec<String>,
    /// The signer's private key, PKCS#8, in base64.
    signer_key: String,
}

impl Authority {
    /// Makes one with new keys.
    ///
    /// # Errors
    /// Keys or certificates cannot be made.
    pub fn make(plan: Plan) -> anyhow::Result<Self> {
        let now = now();
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let root_params = authority("Test Store Root", Validity(-4000, 4000), now)?;
        let root = root_params.self_signed(&root_key)?;
        let root_issuer = Issuer::new(root_params, root_key);

        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let mut params = authority("Test Store Intermediate", plan.intermediate, now)?;
        if !plan.intermediate_is_ca {
            params.is_ca = IsCa::ExplicitNoCa;
        }
        if plan.marks != Marks::NoIntermediate {
            params.custom_extensions.push(mark(DEVELOPER_RELATIONS));
        }
        let intermediate = params.signed_by(&key, &root_issuer)?;
        let issuer = Issuer::new(params, key);

        let signer_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = named("Test Store Receipt Signing", plan.signer, now)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if plan.marks != Marks::NoSigner {
            params.custom_extensions.push(mark(SIGNS_RECEIPTS));
        }
        let signer = params.signed_by(&signer_key, &issuer)?;
        let encoded = |certificate: &Certificate| STANDARD.encode(certificate.der());
        Ok(Self {
            root_pem: root.pem(),
            chain: [&signer, &intermediate, &root].map(encoded).into(),
            signer_key: STANDARD.encode(signer_key.serialize_der()),
        })
    }

    /// Signs a payload as Apple does.
    ///
    /// # Errors
    /// The key is damaged.
    pub fn sign(&self, payload: &impl Serialize) -> anyhow::Result<String> {
        self.sign_with_chain(payload, self.chain.clone())
    }

    /// Signs with other certificates in the header.
    ///
    /// # Errors
    /// The key is damaged.
    pub fn sign_with_chain(
        &self,
        payload: &impl Serialize,
        chain: Vec<String>,
    ) -> anyhow::Result<String> {
        let key = STANDARD.decode(&self.signer_key).context("the signer's key is damaged")?;
        let header = Header { x5c: Some(chain), typ: None, ..Header::new(Algorithm::ES256) };
        Ok(encode(&header, payload, &EncodingKey::from_ec_der(&key))?)
    }
}

pub(crate) fn named(
    name: &str,
    Validity(from, until): Validity,
    now: OffsetDateTime,
) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(until);
    Ok(params)
}

pub(crate) fn authority(
    name: &str,
    validity: Validity,
    now: OffsetDateTime,
) -> anyhow::Result<CertificateParams> {
    let mut params = named(name, validity, now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// A mark says something by being there; its value is an ASN.1 null.
fn mark(oid: &[u64]) -> CustomExtension {
    CustomExtension::from_oid_content(oid, vec![5, 0])
}
