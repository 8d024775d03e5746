//! The certificates of a signer of the App Store.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tenjo_certificates::{CertificateDer, ObjectIdentifier, Roots, Untrusted};
use time::OffsetDateTime;

/// The mark of a certificate that signs receipts of the App Store.
const SIGNS_RECEIPTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.6.11.1");

/// The mark of the intermediate authority, Apple Worldwide Developer Relations.
const DEVELOPER_RELATIONS: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113635.100.6.2.1");

/// The signer's public key, a point of P-256, if the chain was good at a time: the signer,
/// the intermediate, and a root that is one of these.
pub(super) fn signer(
    roots: &Roots,
    chain: &[String],
    at: OffsetDateTime,
) -> Result<Vec<u8>, Untrusted> {
    let [leaf, intermediate, root] = chain else { return Err(Untrusted) };
    if !roots.contains(&read(root)?) {
        return Err(Untrusted);
    }
    let path = roots.path(&[read(leaf)?, read(intermediate)?], at)?;
    let [leaf, intermediate] = path.as_slice() else { return Err(Untrusted) };
    leaf.extension(SIGNS_RECEIPTS).ok_or(Untrusted)?;
    intermediate.extension(DEVELOPER_RELATIONS).ok_or(Untrusted)?;
    Ok(leaf.public_key().ok_or(Untrusted)?.to_vec())
}

fn read(text: &str) -> Result<CertificateDer<'static>, Untrusted> {
    STANDARD.decode(text).map(CertificateDer::from).map_err(|_| Untrusted)
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
            assert_eq!(signer(&roots, &chain(), at).is_ok(), good, "{at}");
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
            assert!(signer(&roots, &chain, at).is_err(), "{}", chain.len());
        }
    }
}
