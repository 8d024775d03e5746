//! What comes of many draws: a pool's long-run rates and waits, exactly.

use std::collections::BTreeMap;

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::boxes::{self, Copies};
use super::cycle::{Cycle, rarity_counts};
use super::percent::percentages;
use super::wait::{Cycles, Wait, survival};
use super::walk::{Course, Masses, Place, Target};
use crate::{BoxReset, DrawCount, ItemMasterId, PityRule, Pool, PoolItem, PoolKind, Price, Rarity};

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
    /// The rate in percent with six decimals; those of all add up to 100.
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
    /// Its rate in percent with six decimals; those of all add up to 100.
    pub percent: String,
}

/// What a player may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum First {
    /// Any SSR.
    Ssr,
    /// A pickup of the rarest rarity that has any.
    Pickup,
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
    /// step-up, that of the first step alone, for its steps are bought in turn.
    pub fn forecast_counts(&self) -> impl Iterator<Item = DrawCount> {
        self.prices_at(0).iter().map(|price| price.draw_count)
    }

    /// What comes of many draws. `None` if the pool does not sell so many at
    /// once. In a step-up it is the same for the draw count of any step.
    ///
    /// This takes milliseconds to seconds; it is meant for publishing a pool,
    /// not for answering players.
    #[must_use]
    pub fn forecast(&self, draw_count: DrawCount) -> Option<Forecast> {
        let rates = self.rarity_rates(draw_count)?;
        let rarities: Vec<RarityForecast> = rates
            .iter()
            .zip(percentages(&rates.iter().map(|(_, rate)| rate.clone()).collect::<Vec<_>>()))
            .map(|((rarity, rate), percent)| RarityForecast {
                rarity: *rarity,
                rate: rate.clone(),
                pickup_share: self.pickup_share(*rarity),
                percent,
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
        // Not reduced: only percentages are made of them.
        let item_rates: Vec<BigRational> = shares
            .iter()
            .map(|(share, rate)| {
                BigRational::new_raw(share.numer() * rate.numer(), share.denom() * rate.denom())
            })
            .collect();
        let percents = percentages(&item_rates);
        let items = self.items().iter().zip(shares).zip(percents);
        let items = items
            .map(|((item, (share, _)), percent)| ItemForecast {
                item_master_id: item.item_master_id.clone(),
                rarity: item.rarity,
                is_pickup: item.is_pickup,
                share,
                percent,
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

    /// The exact chance that the first of something has come after 0, 1, … up
    /// to so many draws. `None` if the pool has nothing of the kind or does not
    /// sell so many draws at once.
    ///
    /// Reckoned draw by draw, and so apart from the waits of the forecast.
    #[must_use]
    pub fn first_chances(
        &self,
        draw_count: DrawCount,
        first: First,
        draws: u32,
    ) -> Option<Vec<BigRational>> {
        let target = self.target(first)?;
        let survives = if let PoolKind::Box { reset, .. } = self.parts().kind {
            self.price_of(draw_count)?;
            let cycle = boxes::cycle(self.items(), reset, target, draw_count.get());
            survival(&cycle, draws as usize)
        } else {
            let course = Course::new(self, draw_count, Some(target))?;
            let mut masses = Masses::at(Place::default());
            let mut survives = vec![BigRational::one()];
            for index in 0..draws as usize {
                if course.repeats || index < course.period() {
                    masses.draw(&course, index, |outcome, _| {
                        !target.is(outcome.rarity, outcome.is_pickup)
                    });
                }
                survives.push(ratio(masses.sum(), masses.denominator.clone()));
            }
            survives
        };
        Some(survives.into_iter().map(|chance| BigRational::one() - chance).collect())
    }

    /// How many of each item, in the pool's order, so many purchases bring on
    /// average, beginning with a fresh state; fewer purchases if the pool ends
    /// before. `None` if it does not sell so many draws at once.
    #[must_use]
    pub fn expected_counts(
        &self,
        draw_count: DrawCount,
        purchases: u32,
    ) -> Option<Vec<BigRational>> {
        let counts = if let PoolKind::Box { reset, .. } = self.parts().kind {
            self.price_of(draw_count)?;
            self.expected_of_box(reset, draw_count, purchases)
        } else {
            self.expected_by_odds(draw_count, purchases)?
        };
        Some(
            self.items()
                .iter()
                .map(|item| {
                    let alike = counts.get(&(item.rarity, item.is_pickup));
                    let alike = alike.cloned().unwrap_or_default();
                    alike * self.share_among_alike(item)
                })
                .collect(),
        )
    }
}

/// How many items of each rarity, pickups and others.
type Counts = BTreeMap<(Rarity, bool), BigRational>;

impl Pool {
    fn price_of(&self, draw_count: DrawCount) -> Option<&Price> {
        self.prices_at(0).iter().find(|price| price.draw_count == draw_count)
    }

    fn target(&self, first: First) -> Option<Target> {
        let items = self.items().iter();
        match first {
            First::Ssr => items
                .map(|item| item.rarity)
                .find(|rarity| *rarity == PityRule::RARITY)
                .map(|rarity| Target { rarity, must_be_pickup: false }),
            First::Pickup => items
                .filter(|item| item.is_pickup)
                .map(|item| item.rarity)
                .max()
                .map(|rarity| Target { rarity, must_be_pickup: true }),
        }
    }

    /// The weight of the items of a rarity: of pickups, and of others.
    fn weights_of(&self, rarity: Rarity) -> [BigInt; 2] {
        [true, false].map(|is_pickup| {
            let is_alike = |item: &&PoolItem| item.rarity == rarity && item.is_pickup == is_pickup;
            self.items().iter().filter(is_alike).map(|item| BigInt::from(item.weight.get())).sum()
        })
    }

    /// The share of an item among the pickups, or the others, of its rarity. It
    /// does not depend on anything a player does.
    fn share_among_alike(&self, item: &PoolItem) -> BigRational {
        let [pickups, others] = self.weights_of(item.rarity);
        let all = if item.is_pickup { pickups } else { others };
        BigRational::new(item.weight.get().into(), all)
    }

    /// The share of pickups among the draws of a rarity, in the end.
    ///
    /// With a rate-up guarantee, SSRs are pickups with probability q, or surely
    /// after one that was not. Of those two kinds the first has the share
    /// 1/(2 − q), since x = 1 − x + x·q, whenever the SSRs come.
    fn pickup_share(&self, rarity: Rarity) -> BigRational {
        let [pickups, others] = self.weights_of(rarity);
        if let PoolKind::Box { reset, .. } = self.parts().kind {
            let copies = Copies::of(self.items());
            let pickups = boxes::share_of_copy(copies, reset, true) * pickups;
            let others = boxes::share_of_copy(copies, reset, false) * others;
            return &pickups / (&pickups + others);
        }
        let is_owed = self.pity().is_some_and(|rule| rule.rate_up_guarantee);
        let all = &pickups + others;
        if is_owed && rarity == PityRule::RARITY {
            let twice = &all * 2 - pickups;
            BigRational::new(all, twice)
        } else {
            BigRational::new(pickups, all)
        }
    }

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

    fn expected_by_odds(&self, draw_count: DrawCount, purchases: u32) -> Option<Counts> {
        let course = Course::new(self, draw_count, None)?;
        let mut counts = BTreeMap::<(Rarity, bool), BigUint>::new();
        let mut masses = Masses::at(Place::default());
        let draws = course.draws_of(purchases);
        for index in 0..draws {
            let mut new = Vec::new();
            let growth = masses.draw(&course, index, |outcome, mass| {
                new.push(((outcome.rarity, outcome.is_pickup), mass.clone()));
                true
            });
            counts.values_mut().for_each(|count| *count *= &growth);
            for (kind, mass) in new {
                *counts.entry(kind).or_default() += mass;
            }
        }
        let mut split = Counts::new();
        for ((rarity, is_pickup), count) in counts {
            let count = ratio(count, masses.denominator.clone());
            if course.is_split(rarity) {
                split.insert((rarity, is_pickup), count);
            } else {
                let [pickups, others] = self.weights_of(rarity);
                let pickups = &count * BigRational::new(pickups.clone(), pickups + others);
                split.insert((rarity, false), count - &pickups);
                split.insert((rarity, true), pickups);
            }
        }
        Some(split)
    }

    fn expected_of_box(&self, reset: BoxReset, draw_count: DrawCount, purchases: u32) -> Counts {
        let copies = Copies::of(self.items());
        let purchases = match reset {
            BoxReset::Never => purchases.min(copies.all / draw_count.get()),
            BoxReset::WhenEmpty | BoxReset::AfterLastPickup => purchases,
        };
        let [pickups, others] =
            boxes::expected(copies, reset, purchases.saturating_mul(draw_count.get()));
        let mut counts = Counts::new();
        for item in self.items() {
            let (sum, of) = if item.is_pickup {
                (&pickups, copies.pickups)
            } else {
                (&others, copies.all - copies.pickups)
            };
            let own = BigRational::new(item.weight.get().into(), of.into());
            *counts.entry((item.rarity, item.is_pickup)).or_default() += sum * own;
        }
        counts
    }
}

fn ratio(numerator: BigUint, denominator: BigUint) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}
