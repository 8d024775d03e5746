//! Chains of certificates that end at a root of the settings.
//!
//! `rustls-webpki` builds and checks the path: signatures, dates, constraints.
//! `x509-cert` reads extensions and the key. Nothing here parses a certificate.
//!
//! Certificates are not checked for revocation, which would need a call to the authority.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{SignatureVerificationAlgorithm, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, aws_lc_rs as algorithms};
use x509_cert::Certificate;
use x509_cert::der::Decode;

pub use rustls_pki_types::CertificateDer;
pub use x509_cert::der::oid::ObjectIdentifier;

/// What Apple's chains are signed with.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
];

/// Apple's signers of receipts and of attestations have no extended key usage; one that
/// has some would have to be for signing code (1.3.6.1.5.5.7.3.3), and never for a server.
const USAGE: KeyUsage = KeyUsage::required_if_present(&[43, 6, 1, 5, 5, 7, 3, 3]);

/// The roots that are trusted.
#[derive(Debug, Clone)]
pub struct Roots(Vec<CertificateDer<'static>>);

/// Why a chain is not trusted. All of it is one answer to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untrusted;

/// A certificate of a path that was checked.
#[derive(Debug, Clone)]
pub struct Checked(Certificate);

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

    /// Whether a certificate is one of the roots.
    #[must_use]
    pub fn contains(&self, certificate: &CertificateDer<'_>) -> bool {
        self.0.iter().any(|root| root == certificate)
    }

    /// The certificates of a chain, the signer's first and without the root, if it leads to
    /// a root and was good at a time. Each of them must be part of the path, or what it
    /// says would prove nothing.
    ///
    /// # Errors
    /// When it is not trusted.
    pub fn path(
        &self,
        chain: &[CertificateDer<'_>],
        at: OffsetDateTime,
    ) -> Result<Vec<Checked>, Untrusted> {
        let (signer, intermediates) = chain.split_first().ok_or(Untrusted)?;
        let anchors = self.0.iter().map(anchor_from_trusted_cert);
        let anchors = anchors.collect::<Result<Vec<_>, _>>().map_err(|_| Untrusted)?;
        let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| Untrusted)?;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let end = EndEntityCert::try_from(signer).map_err(|_| Untrusted)?;
        let path = end
            .verify_for_usage(ALGORITHMS, &anchors, intermediates, time, USAGE, None, None)
            .map_err(|_| Untrusted)?;
        if path.intermediate_certificates().count() != intermediates.len() {
            return Err(Untrusted);
        }
        let read = |it: &CertificateDer<'_>| Certificate::from_der(it).map(Checked);
        chain.iter().map(read).collect::<Result<_, _>>().map_err(|_| Untrusted)
    }
}

impl Checked {
    /// The value of an extension, as it is encoded.
    #[must_use]
    pub fn extension(&self, id: ObjectIdentifier) -> Option<&[u8]> {
        let extensions = self.0.tbs_certificate().extensions()?;
        extensions.iter().find(|it| it.extn_id == id).map(|it| it.extn_value.as_bytes())
    }

    /// The public key: for one of an elliptic curve, its point.
    #[must_use]
    pub fn public_key(&self) -> Option<&[u8]> {
        self.0.tbs_certificate().subject_public_key_info().subject_public_key.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_root_is_refused_at_start() {
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(Roots::read(pem).is_err(), "{pem}");
        }
    }
}
