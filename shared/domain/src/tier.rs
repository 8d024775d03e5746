//! The rarities of a stage, as the draw and the odds use them.

use crate::{PoolItem, Rarity};

/// The items of one rarity and their weights.
#[derive(Debug, Clone)]
pub(crate) struct Tier {
    pub(crate) rarity: Rarity,
    pub(crate) weight: u64,
    /// Positions in the pool's items: of the first item, and after the last.
    /// Pickups come first, so that "one of the pickups" is a prefix.
    pub(crate) first: usize,
    pub(crate) end: usize,
    /// For each item, the sum of the weights up to it and with it.
    pub(crate) cumulative: Vec<u64>,
    /// How many of the items are pickups.
    pub(crate) pickups: usize,
}

impl Tier {
    /// The items `first..end` of a pool, which all have this rarity.
    pub(crate) fn new(rarity: Rarity, weight: u64, first: usize, items: &[PoolItem]) -> Self {
        let mut total = 0;
        let cumulative = items
            .iter()
            .map(|item| {
                total += u64::from(item.weight.get());
                total
            })
            .collect();
        let pickups = items.iter().filter(|item| item.is_pickup).count();
        Self { rarity, weight, first, end: first + items.len(), cumulative, pickups }
    }

    /// The weight of all its items together.
    pub(crate) fn total(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or(0)
    }

    /// The weight of its pickups together; 0 without any.
    pub(crate) fn pickup_total(&self) -> u64 {
        self.pickups.checked_sub(1).map_or(0, |last| self.cumulative[last])
    }

    /// The weight of those of its items that a draw chooses among.
    pub(crate) fn total_of(&self, must_be_pickup: bool) -> u64 {
        if must_be_pickup { self.pickup_total() } else { self.total() }
    }

    /// The position in the pool of the item that a number below the total
    /// falls on.
    pub(crate) fn item_at(&self, number: u64) -> usize {
        self.first + self.cumulative.partition_point(|&upper| upper <= number)
    }
}
