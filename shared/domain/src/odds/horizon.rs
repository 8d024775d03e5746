//! What a given number of draws brings, exactly.
//!
//! It is computed forward, draw by draw. That is independent of the forecast,
//! so tests check the forecast against it.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::One;

use super::boxes::{self, Copies};
use super::wait::survival;
use super::walk::{Course, Masses, Place, Target};
use crate::{BoxReset, DrawCount, PityRule, Pool, PoolKind, Price, Rarity};

/// What a player may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum First {
    /// Any SSR.
    Ssr,
    /// A pickup of the rarest rarity that has any.
    Pickup,
}

impl Pool {
    /// The exact chance that the first of something has come after 0, 1, … up
    /// to a number of draws. `None` if the pool has nothing of the kind or does
    /// not sell that many draws at once.
    ///
    /// Computed draw by draw, independently of the waits of the forecast.
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

    /// How many of each item, in the pool's order, a number of purchases brings
    /// on average, beginning with a fresh state; fewer purchases if the pool
    /// ends before. `None` if it does not sell that many draws at once.
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

    pub(super) fn price_of(&self, draw_count: DrawCount) -> Option<&Price> {
        self.prices_at(0).iter().find(|price| price.draw_count == draw_count)
    }

    pub(super) fn target(&self, first: First) -> Option<Target> {
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
}

/// How many items of each rarity, pickups and others.
type Counts = BTreeMap<(Rarity, bool), BigRational>;

impl Pool {
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
