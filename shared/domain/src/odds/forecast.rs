//! What many draws bring: a pool's long-run rates and waits, exactly.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::boxes::{self, Copies};
use super::cycle::{Cycle, rarity_counts};
use super::percent::percent;
use super::wait::{Cycles, Wait};
use super::walk::Course;
use crate::{DrawCount, First, ItemMasterId, Pool, PoolItem, PoolKind, Rarity};

/// What a player can expect who always buys the same number of draws of a pool,
/// beginning with a fresh state. Free draws and limits are left out, and so are
/// the other pools that may share its pity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// How many draws are bought at once; in a step-up, in the first step.
    pub draw_count: DrawCount,
    /// Of each rarity, from common to rare.
    pub rarities: Vec<RarityForecast>,
    /// Of each item, in the pool's order.
    pub items: Vec<ItemForecast>,
    /// The first SSR. `None` if the pool has none.
    pub first_ssr: Option<Wait>,
    /// The first pickup of the rarest rarity that has any. `None` if none has.
    pub first_pickup: Option<Wait>,
}

/// How often a rarity comes, in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RarityForecast {
    /// Which rarity.
    pub rarity: Rarity,
    /// Its share of all draws: of infinitely many, of the steps of a step-up
    /// that ends, or of a box. May have thousands of digits.
    pub rate: BigRational,
    /// The share of pickups among its items: a small fraction. With a rate-up
    /// guarantee it is greater than their weight.
    pub pickup_share: BigRational,
    /// The rate in percent, rounded.
    pub percent: String,
}

/// How often an item comes, in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemForecast {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in this pool.
    pub rarity: Rarity,
    /// Whether the pool advertises it.
    pub is_pickup: bool,
    /// Its share of the draws of its rarity: a small fraction. Times the rate
    /// of the rarity it is the item's own.
    pub share: BigRational,
    /// Its rate in percent, rounded.
    pub percent: String,
}

impl Forecast {
    /// The exact rate of one of its items.
    #[must_use]
    pub fn rate_of(&self, item: &ItemForecast) -> BigRational {
        let rarity = self.rarities.iter().find(|rarity| rarity.rarity == item.rarity);
        rarity.map_or_else(BigRational::zero, |rarity| &rarity.rate * &item.share)
    }
}

impl Pool {
    /// The draw counts that there is a forecast for: those on sale, or, in a
    /// step-up, that of the first step alone, because its steps are bought in turn.
    pub fn forecast_counts(&self) -> impl Iterator<Item = DrawCount> {
        self.prices_at(0).iter().map(|price| price.draw_count)
    }

    /// What many draws bring. `None` if the pool does not sell that many at
    /// once. In a step-up it is the same for the draw count of any step.
    ///
    /// This takes milliseconds to seconds; it is meant for publishing a pool,
    /// not for answering players.
    #[must_use]
    pub fn forecast(&self, draw_count: DrawCount) -> Option<Forecast> {
        let rates = self.rarity_rates(draw_count)?;
        let rarities: Vec<RarityForecast> = rates
            .iter()
            .map(|(rarity, rate)| RarityForecast {
                rarity: *rarity,
                rate: rate.clone(),
                pickup_share: self.pickup_share(*rarity),
                percent: percent(rate),
            })
            .collect();

        let share = |item: &PoolItem| {
            let rarity = rarities.iter().find(|rarity| rarity.rarity == item.rarity)?;
            let part = &rarity.pickup_share;
            let part = if item.is_pickup { part.clone() } else { BigRational::one() - part };
            Some((part * self.share_among_alike(item), &rarity.rate))
        };
        let shares: Vec<(BigRational, &BigRational)> =
            self.items().iter().filter_map(share).collect();
        let items = self.items().iter().zip(shares);
        let items = items
            .map(|(item, (share, rate))| ItemForecast {
                item_master_id: item.item_master_id.clone(),
                rarity: item.rarity,
                is_pickup: item.is_pickup,
                // Not reduced: only a percentage is made of it.
                percent: percent(&BigRational::new_raw(
                    share.numer() * rate.numer(),
                    share.denom() * rate.denom(),
                )),
                share,
            })
            .collect();

        Some(Forecast {
            draw_count: match self.parts().kind {
                PoolKind::StepUp { .. } => self.prices_at(0).first()?.draw_count,
                PoolKind::Standard(_) | PoolKind::Box { .. } => draw_count,
            },
            rarities,
            items,
            first_ssr: self.wait(draw_count, First::Ssr),
            first_pickup: self.wait(draw_count, First::Pickup),
        })
    }
}

impl Pool {
    /// The share of each rarity of all draws, in the end.
    fn rarity_rates(&self, draw_count: DrawCount) -> Option<Vec<(Rarity, BigRational)>> {
        if let PoolKind::Box { reset, .. } = self.parts().kind {
            self.price_of(draw_count)?;
            let copies = Copies::of(self.items());
            let mut rates = BTreeMap::<Rarity, BigRational>::new();
            for item in self.items() {
                let copy = boxes::share_of_copy(copies, reset, item.is_pickup);
                *rates.entry(item.rarity).or_default() += copy * BigInt::from(item.weight.get());
            }
            return Some(rates.into_iter().collect());
        }
        let counts = rarity_counts(&Course::new(self, draw_count, None)?);
        let all: BigInt = counts.values().sum();
        let rate = |(rarity, count)| (rarity, BigRational::new(count, all.clone()));
        Some(counts.into_iter().map(rate).collect())
    }

    fn wait(&self, draw_count: DrawCount, first: First) -> Option<Wait> {
        let target = self.target(first)?;
        let cycles = if let PoolKind::Box { reset, .. } = self.parts().kind {
            let mut prices = vec![0; draw_count.get() as usize];
            prices[0] = self.price_of(draw_count)?.cost.amount.amount();
            let cycle = boxes::cycle(self.items(), reset, target, draw_count.get());
            Cycles { fresh: vec![cycle], due: Vec::new(), prices }
        } else {
            let course = Course::new(self, draw_count, Some(target))?;
            let kinds = if course.rule.is_some() { course.block_period() } else { 1 };
            let is_owed = course.rule.is_some_and(|rule| rule.rate_up_guarantee);
            let cycles = |is_pickup_due| {
                let cycle = |first| Cycle::of(&course, Some(target), first, is_pickup_due).0;
                (0..kinds).map(cycle).collect::<Vec<_>>()
            };
            let due = if is_owed && target.must_be_pickup { cycles(true) } else { Vec::new() };
            let prices = course.prices();
            Cycles { fresh: cycles(false), due, prices }
        };
        let exact = |draws: u64| {
            let draws = u32::try_from(draws).unwrap_or(u32::MAX);
            let chances = self.first_chances(draw_count, first, draws);
            let chance = chances.and_then(|mut chances| chances.pop());
            BigRational::one() - chance.unwrap_or_default()
        };
        Some(cycles.wait(exact))
    }
}
