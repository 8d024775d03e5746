//! Whether two requests ask for the same thing.

use std::fmt;

use sha2::{Digest, Sha256};

/// What a request asks for, in a form that can be compared and stored: 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

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
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
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
