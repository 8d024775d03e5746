//! The place of an entry in its ledger.

use crate::Invalid;

/// Counts the entries of one ledger (a player's, of one currency or one group
/// of points) from 1, without gaps. So a missing entry shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(u64);

impl EntryId {
    /// The first entry of a ledger.
    pub const FIRST: Self = Self(1);

    /// The entry with this number.
    ///
    /// # Errors
    /// When it is 0.
    pub const fn new(number: u64) -> Result<Self, Invalid> {
        if number >= 1 { Ok(Self(number)) } else { Err(Invalid("must be 1 or more")) }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_count_from_one() {
        assert!(EntryId::new(0).is_err());
        assert_eq!(EntryId::new(1), Ok(EntryId::FIRST));
        assert_eq!(EntryId::new(u64::MAX).map(EntryId::get), Ok(u64::MAX));
    }
}
