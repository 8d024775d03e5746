//! A stage of a pool: the prices and the odds of one purchase.
//!
//! Most pools have one stage. A step-up has one for each of its steps.

use std::num::NonZeroU32;

use num_integer::Integer;

use crate::tier::Tier;
use crate::{DrawCount, PityRule, PityState, PoolItem, Price, Rarity};

/// "At least one SR in ten": within one purchase, of every `draw_count` draws
/// one is at least this rare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarantee {
    /// Of how many draws in a row.
    pub draw_count: DrawCount,
    /// How rare one of them is at least.
    pub rarity: Rarity,
}

/// What one purchase is drawn by, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageParts {
    /// What it sells.
    pub prices: Vec<Price>,
    /// The share of each rarity.
    pub rarity_weights: Vec<(Rarity, NonZeroU32)>,
    /// What a purchase always holds.
    pub guarantee: Option<Guarantee>,
}

/// A stage whose rules make sense.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) parts: StageParts,
    /// From the rarest to the most common. Empty in a box, which has no odds
    /// but what is left in it.
    pub(crate) tiers: Vec<Tier>,
    /// The sum of the rarity weights.
    pub(crate) total: u64,
    /// How many tiers, from the rarest, fulfil the guarantee.
    pub(crate) guaranteed_tiers: usize,
}

impl Stage {
    /// Below which numbers each tier lies when a rarity is chosen: a running
    /// sum from the rarest down, which never exceeds `total`.
    ///
    /// So what pity adds to an SSR is taken from the most common rarity first,
    /// and at the last draw of pity an SSR has all of it.
    pub(crate) fn upper_bounds(
        &self,
        rule: Option<&PityRule>,
        pity: PityState,
    ) -> impl Iterator<Item = u64> {
        let raise = move |tier: &Tier| match rule {
            Some(rule) if tier.rarity == PityRule::RARITY => {
                rule.weight(tier.weight, self.total, pity.count)
            }
            _ => tier.weight,
        };
        let mut upper = 0;
        self.tiers.iter().map(move |tier| {
            upper = self.total.min(upper + raise(tier));
            upper
        })
    }
}

impl Stage {
    /// Puts a checked stage together. `items` are the pool's, in their order.
    pub(crate) fn new(parts: &StageParts, items: &[PoolItem]) -> Self {
        let tiers: Vec<Tier> = parts
            .rarity_weights
            .iter()
            .rev()
            .map(|&(rarity, weight)| {
                let first = items.partition_point(|item| item.rarity < rarity);
                let end = items.partition_point(|item| item.rarity <= rarity);
                Tier::new(rarity, u64::from(weight.get()), first, &items[first..end])
            })
            .collect();
        let guaranteed = |guarantee: Guarantee| {
            tiers.iter().filter(|tier| tier.rarity >= guarantee.rarity).count()
        };
        Self {
            parts: parts.clone(),
            total: tiers.iter().map(|tier| tier.weight).sum(),
            guaranteed_tiers: parts.guarantee.map_or(tiers.len(), guaranteed),
            tiers,
        }
    }

    /// The stage of a box: prices without odds.
    pub(crate) fn of_box(prices: &[Price]) -> Self {
        let parts =
            StageParts { prices: prices.to_vec(), rarity_weights: Vec::new(), guarantee: None };
        Self { parts, tiers: Vec::new(), total: 0, guaranteed_tiers: 0 }
    }

    /// How many of `bound` numbers fall on each tier, from the rarest, when one
    /// of the first `eligible_tiers` is chosen.
    pub(crate) fn split(
        &self,
        rule: Option<&PityRule>,
        pity: PityState,
        eligible_tiers: usize,
    ) -> Split {
        let mut bound = 0;
        let parts = self
            .upper_bounds(rule, pity)
            .take(eligible_tiers)
            .map(|upper| upper - std::mem::replace(&mut bound, upper))
            .collect();
        Split { parts, bound }
    }

    /// The smallest handy denominator in which the rate of every item is a
    /// whole number of parts: (sum of rarity weights) · lcm(sums of the weights
    /// of the items that a draw chooses among). `None` from 2⁵³ on, where JSON
    /// readers lose the last digit.
    pub(crate) fn common_denominator(
        &self,
        rule: Option<&PityRule>,
        pity: PityState,
    ) -> Option<u64> {
        const FIRST_INEXACT: u64 = 1 << 53;
        let lcm = self.tiers.iter().try_fold(1u64, |lcm, tier| {
            let total = tier.total_of(pity.owes_pickup(rule, tier.rarity));
            (lcm / lcm.gcd(&total)).checked_mul(total)
        })?;
        let denominator = lcm.checked_mul(self.total.max(1))?;
        (denominator < FIRST_INEXACT).then_some(denominator)
    }
}

/// How the numbers below `bound` fall on the tiers.
pub(crate) struct Split {
    /// How many fall on each, from the rarest; tiers that are left out are not
    /// in it.
    pub(crate) parts: Vec<u64>,
    /// How many there are.
    pub(crate) bound: u64,
}
