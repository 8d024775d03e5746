//! Whether two requests ask for the same thing.

use sha2::{Digest, Sha256};

/// What a request asks for, in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(pub(crate) String);

impl Fingerprint {
    /// The fingerprint of the parts of a request that matter, in order.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self(hex::encode(hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_for_different_things_have_different_fingerprints() {
        assert_eq!(Fingerprint::of(&["spring", "10"]), Fingerprint::of(&["spring", "10"]));
        assert_ne!(Fingerprint::of(&["spring", "10"]), Fingerprint::of(&["spring", "1"]));
        assert_ne!(Fingerprint::of(&["ab", "c"]), Fingerprint::of(&["a", "bc"]));
    }
}
