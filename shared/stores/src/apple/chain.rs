//! The certificates of a signer.
//!
//! `rustls-webpki` builds and checks the path: signatures, dates, constraints.
//! `x509-cert` reads the marks of Apple and the key. Nothing here parses a certificate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, aws_lc_rs as algorithms};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;

/// The mark of a certificate that signs receipts of the App Store.
const SIGNS_RECEIPTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.6.11.1");

/// The mark of the intermediate authority, Apple Worldwide Developer Relations.
const DEVELOPER_RELATIONS: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113635.100.6.2.1");

/// What Apple's chains are signed with.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
];

/// Signers of receipts have no extended key usage; one that has some would have to be
/// for signing code (1.3.6.1.5.5.7.3.3), and never for a server.
const USAGE: KeyUsage = KeyUsage::required_if_present(&[43, 6, 1, 5, 5, 7, 3, 3]);

/// The roots that are trusted.
#[derive(Debug, Clone)]
pub struct Roots(Vec<CertificateDer<'static>>);

/// Why a chain is not trusted. All of it is one answer to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Untrusted;

impl Roots {
    /// Reads certificates in PEM, one after the other.
    ///
    /// # Errors
    /// When there are none, or one cannot be read.
    pub fn read(pem: &str) -> Result<Self, &'static str> {
        let roots: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| "is not a list of certificates in PEM")?;
        if roots.is_empty() {
            return Err("has no certificate in PEM");
        }
        if roots.iter().any(|root| anchor_from_trusted_cert(root).is_err()) {
            return Err("has a certificate that cannot be a root");
        }
        Ok(Self(roots))
    }

    /// The signer's public key, a point of P-256, if the chain was good at a time: the
    /// signer, the intermediate, and a root that is one of these.
    pub(crate) fn signer(
        &self,
        chain: &[String],
        at: OffsetDateTime,
    ) -> Result<Vec<u8>, Untrusted> {
        let [leaf, intermediate, root] = chain else { return Err(Untrusted) };
        let [leaf, intermediate, root] = [leaf, intermediate, root].map(|text| read(text));
        let (leaf, intermediate, root) = (leaf?, intermediate?, root?);
        let trusted = self.0.iter().find(|trusted| **trusted == root).ok_or(Untrusted)?;
        let anchors = [anchor_from_trusted_cert(trusted).map_err(|_| Untrusted)?];
        let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| Untrusted)?;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let end = EndEntityCert::try_from(&leaf).map_err(|_| Untrusted)?;
        let intermediates = [intermediate];
        let path = end
            .verify_for_usage(ALGORITHMS, &anchors, &intermediates, time, USAGE, None, None)
            .map_err(|_| Untrusted)?;
        // The intermediate must be part of the path, or its mark would prove nothing.
        if path.intermediate_certificates().count() != 1 {
            return Err(Untrusted);
        }
        let [intermediate] = intermediates;
        let leaf = Certificate::from_der(&leaf).map_err(|_| Untrusted)?;
        let intermediate = Certificate::from_der(&intermediate).map_err(|_| Untrusted)?;
        if !has(&leaf, SIGNS_RECEIPTS) || !has(&intermediate, DEVELOPER_RELATIONS) {
            return Err(Untrusted);
        }
        let key = leaf.tbs_certificate().subject_public_key_info();
        Ok(key.subject_public_key.as_bytes().ok_or(Untrusted)?.to_vec())
    }
}

fn read(text: &str) -> Result<CertificateDer<'static>, Untrusted> {
    STANDARD.decode(text).map(CertificateDer::from).map_err(|_| Untrusted)
}

fn has(certificate: &Certificate, mark: ObjectIdentifier) -> bool {
    let extensions = certificate.tbs_certificate().extensions();
    extensions.is_some_and(|extensions| extensions.iter().any(|it| it.extn_id == mark))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    /// Apple's own, as of 2026. The root is that of the set-up page.
    const APPLE: [&str; 2] =
        [include_str!("test-signer.txt"), include_str!("test-intermediate.txt")];
    const ROOT: &str = include_str!("../../../../infra/apple-root-ca-g3.pem");

    fn chain() -> Vec<String> {
        let root: String = ROOT.lines().filter(|line| !line.starts_with('-')).collect();
        [APPLE[0].trim(), APPLE[1].trim(), &root].map(str::to_owned).into()
    }

    #[test]
    fn apples_real_chain_is_trusted_while_it_is_valid() {
        let roots = Roots::read(ROOT).unwrap();
        for (at, good) in [
            (datetime!(2026-01-01 00:00 UTC), true),
            (datetime!(2025-09-19 00:00 UTC), false),
            (datetime!(2027-10-14 00:00 UTC), false),
        ] {
            assert_eq!(roots.signer(&chain(), at).is_ok(), good, "{at}");
        }
    }

    #[test]
    fn a_chain_of_another_shape_is_not_trusted() {
        let roots = Roots::read(ROOT).unwrap();
        let at = datetime!(2026-01-01 00:00 UTC);
        let [leaf, intermediate, root]: [String; 3] = chain().try_into().unwrap();
        for chain in [
            vec![],
            vec![leaf.clone()],
            vec![leaf.clone(), root.clone()],
            vec![leaf.clone(), intermediate.clone()],
            vec![leaf.clone(), root.clone(), root.clone()],
            vec![intermediate.clone(), intermediate.clone(), root.clone()],
            vec![intermediate.clone(), leaf.clone(), root.clone()],
            vec![leaf.clone(), intermediate.clone(), intermediate.clone()],
            vec![leaf.clone(), intermediate.clone(), root.clone(), root.clone()],
            vec![leaf[..100].to_owned(), intermediate.clone(), root.clone()],
            vec![format!("{leaf}="), intermediate, root],
        ] {
            assert!(roots.signer(&chain, at).is_err(), "{}", chain.len());
        }
    }

    #[test]
    fn what_is_no_root_is_refused_at_start() {
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(Roots::read(pem).is_err(), "{pem}");
        }
    }
}
