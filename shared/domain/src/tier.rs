//! The rarities of a pool as the draw and the odds reckon with them.

use crate::Rarity;

/// The items of one rarity and their weights.
#[derive(Debug, Clone)]
pub(crate) struct Tier {
    pub(crate) rarity: Rarity,
    pub(crate) weight: u64,
    pub(crate) item_weight_total: u64,
    /// Indices into the pool's items.
    pub(crate) items: Vec<usize>,
}

/// The smallest handy denominator in which every rate is a whole number of
/// parts: (sum of rarity weights) · lcm(sums of item weights). `None` from 2⁵³ on.
pub(crate) fn common_denominator(tiers: &[Tier]) -> Option<u64> {
    const FIRST_INEXACT: u64 = 1 << 53;
    let total: u64 = tiers.iter().map(|tier| tier.weight).sum();
    let denominator = tiers
        .iter()
        .try_fold(1u64, |lcm, tier| {
            (lcm / gcd(lcm, tier.item_weight_total)).checked_mul(tier.item_weight_total)
        })?
        .checked_mul(total)?;
    (denominator < FIRST_INEXACT).then_some(denominator)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
