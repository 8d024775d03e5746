//! Bytes, as they are shown.

use std::fmt;

/// 32 bytes in lower-case hexadecimal.
pub(crate) struct Hex<'bytes>(pub(crate) &'bytes [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
