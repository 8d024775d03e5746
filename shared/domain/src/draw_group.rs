//! Which draws of a player wait for each other.

use std::fmt;
use std::str::FromStr;

use crate::{Invalid, PityGroup, PoolId};

/// What stands before the name of a pool that has no pity. No name of a group
/// holds a colon, so the two kinds never meet.
const POOL: &str = "pool:";

/// Draws of one player with the same group wait for each other, because they
/// move the same counters: those of pools that share their pity, or else those
/// of one pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DrawGroup(String);

impl DrawGroup {
    /// The group of all pools that share this pity.
    #[must_use]
    pub fn of_pity(group: &PityGroup) -> Self {
        Self(group.as_str().to_owned())
    }

    /// The group of a pool without pity.
    #[must_use]
    pub fn of_pool(pool_id: &PoolId) -> Self {
        Self(format!("{POOL}{pool_id}"))
    }

    /// The group as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DrawGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DrawGroup {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.strip_prefix(POOL) {
            Some(pool_id) => PoolId::new(pool_id).map(|pool_id| Self::of_pool(&pool_id)),
            None => PityGroup::new(text).map(|group| Self::of_pity(&group)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_and_a_pity_of_one_name_are_two_groups() {
        let of_pity = DrawGroup::of_pity(&PityGroup::new("moon").unwrap());
        let of_pool = DrawGroup::of_pool(&PoolId::new("moon").unwrap());
        assert_ne!(of_pity, of_pool);
        assert_eq!((of_pity.as_str(), of_pool.as_str()), ("moon", "pool:moon"));
    }

    #[test]
    fn a_group_is_read_back_as_it_is_written_and_nothing_else_is() {
        for text in ["festival", "pool:pool-standard"] {
            assert_eq!(text.parse::<DrawGroup>().map(|group| group.to_string()), Ok(text.into()));
        }
        for text in ["", "pool:", "Festival", "pool:Moon", "box:moon", "pool:pool:moon"] {
            assert!(text.parse::<DrawGroup>().is_err(), "{text:?}");
        }
    }
}
