//! A box: a limited number of copies, drawn without replacement.

use std::fmt;
use std::str::FromStr;

use crate::money::words;
use crate::{Invalid, PlayerState, PoolItem};

/// When a box is filled again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxReset {
    /// Never: an empty box is sold out.
    Never,
    /// As soon as it is empty.
    WhenEmpty,
    /// As soon as its last pickup is drawn.
    AfterLastPickup,
}

words!(BoxReset {
    Never = "never",
    WhenEmpty = "when_empty",
    AfterLastPickup = "after_last_pickup",
});

/// How many copies of each item a player has drawn; all 0 for a new player.
pub(crate) fn drawn(items: &[PoolItem], state: &PlayerState) -> Vec<u32> {
    let mut drawn = state.drawn_copies.clone();
    drawn.resize(items.len(), 0);
    drawn
}

/// How many copies of an item are left. An item of a later revision that has
/// fewer copies than were drawn has none left.
pub(crate) fn left(item: &PoolItem, drawn: u32) -> u64 {
    u64::from(item.weight.get().saturating_sub(drawn))
}

/// How many copies are left in all.
pub(crate) fn all_left(items: &[PoolItem], drawn: &[u32]) -> u64 {
    items.iter().zip(drawn).map(|(item, &drawn)| left(item, drawn)).sum()
}

/// The item whose copies a number below [`all_left`] falls on.
pub(crate) fn item_at(items: &[PoolItem], drawn: &[u32], number: u64) -> usize {
    let mut upper = 0;
    items
        .iter()
        .zip(drawn)
        .take_while(|&(item, &drawn)| {
            upper += left(item, drawn);
            upper <= number
        })
        .count()
}

impl BoxReset {
    /// Whether a box from which these copies are drawn must be filled again.
    pub(crate) fn is_due(self, items: &[PoolItem], drawn: &[u32]) -> bool {
        match self {
            Self::Never => false,
            Self::WhenEmpty => all_left(items, drawn) == 0,
            Self::AfterLastPickup => items
                .iter()
                .zip(drawn)
                .all(|(item, &drawn)| !item.is_pickup || left(item, drawn) == 0),
        }
    }
}
