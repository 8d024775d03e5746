//! A player's draws cut into cycles, each of which begins as if there had been
//! no draw before: from one SSR to the next where there is pity, else one turn of the
//! course or one box.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::{BigInt, BigUint};
use num_traits::{One, Zero};

use super::linear::eliminate;
use super::walk::{Course, Masses, Target};
use crate::{PityRule, PityState, Rarity};

/// One cycle, draw by draw, up to where it ends or the target is met. Chances
/// after `t` draws are over `denominators[t]`.
#[derive(Debug)]
pub(super) struct Cycle {
    /// How likely neither has happened.
    pub(super) survives: Vec<BigUint>,
    /// How likely the cycle ends right then without the target, and the next
    /// begins.
    pub(super) ends: Vec<BigUint>,
    pub(super) denominators: Vec<BigUint>,
}

impl Cycle {
    /// The cycle that begins with the given draw of a turn, and how many items
    /// of each rarity it is expected to bring, over its last denominator.
    pub(super) fn of(
        course: &Course<'_>,
        target: Option<Target>,
        first: usize,
        is_pickup_due: bool,
    ) -> (Self, BTreeMap<Rarity, BigUint>) {
        let mut cycle = Self { survives: vec![], ends: vec![], denominators: vec![] };
        let mut counts: BTreeMap<Rarity, BigUint> =
            course.rarities().map(|rarity| (rarity, BigUint::ZERO)).collect();
        let pity = PityState { count: 0, is_pickup_due };
        let mut masses = Masses::at(course.place_at(first, pity));
        let mut ended = BigUint::ZERO;
        for index in first.. {
            let alive = masses.sum();
            let is_turn_over = course.rule.is_none() && index == first + course.period();
            let (survives, ends) = if is_turn_over && course.repeats {
                (BigUint::ZERO, alive)
            } else {
                (alive, ended)
            };
            let is_over = is_turn_over || survives.is_zero();
            cycle.survives.push(survives);
            cycle.ends.push(ends);
            cycle.denominators.push(masses.denominator.clone());
            if is_over {
                break;
            }

            ended = BigUint::ZERO;
            let mut new_counts = BTreeMap::<Rarity, BigUint>::new();
            let growth = masses.draw(course, index, |outcome, mass| {
                *new_counts.entry(outcome.rarity).or_default() += mass;
                if target.is_some_and(|target| target.is(outcome.rarity, outcome.is_pickup)) {
                    return false;
                }
                let is_end = course.rule.is_some() && outcome.rarity == PityRule::RARITY;
                if is_end {
                    ended += mass;
                }
                !is_end
            });
            for count in counts.values_mut() {
                *count *= &growth;
            }
            for (rarity, new) in new_counts {
                *counts.entry(rarity).or_default() += new;
            }
        }
        (cycle, counts)
    }

    pub(super) fn last_denominator(&self) -> BigUint {
        self.denominators.last().cloned().unwrap_or_else(BigUint::one)
    }

    /// The chances after each number of draws, over the last denominator.
    pub(super) fn over_last<'a>(
        &'a self,
        chances: &'a [BigUint],
    ) -> impl Iterator<Item = (usize, BigUint)> + 'a {
        let last = self.last_denominator();
        let scale = move |(draws, chance): (usize, &BigUint)| {
            let of = &self.denominators[draws];
            (draws, if *of == last { chance.clone() } else { chance * (&last / of) })
        };
        chances.iter().enumerate().filter(|(_, chance)| !chance.is_zero()).map(scale)
    }
}

/// The equation of a cycle among those of all: what it is worth is `gains`, and
/// the worth of those that follow. `place` gives the column of the cycle that
/// follows after that many draws; all is multiplied by the last denominator.
pub(super) fn equation(
    cycle: &Cycle,
    own: usize,
    columns: usize,
    place: impl Fn(usize) -> usize,
    gains: impl IntoIterator<Item = BigUint>,
) -> Vec<BigInt> {
    let mut row = vec![BigInt::zero(); columns];
    row[own] = cycle.last_denominator().into();
    for (draws, chance) in cycle.over_last(&cycle.ends) {
        row[place(draws)] -= BigInt::from(chance);
    }
    row.extend(gains.into_iter().map(BigInt::from));
    row
}

/// The share of each rarity in a very large number of draws.
///
/// By the renewal-reward theorem (S. M. Ross, "Introduction to Probability
/// Models", 7.4): what a cycle brings on average, by its average length. With a
/// guarantee that counts draws, cycles differ by the draw of a purchase that
/// they begin with; eliminating all kinds but the one that begins with a
/// purchase makes great cycles, from one of these to the next.
///
/// Whether a pickup is due decides nothing here: it chooses among SSRs.
pub(super) fn rarity_counts(course: &Course<'_>) -> BTreeMap<Rarity, BigInt> {
    let kinds = if course.rule.is_some() { course.block_period() } else { 1 };
    let column = |draw: usize| (draw + kinds - 1) % kinds; // that of draw 0 last
    let mut rows = vec![Vec::new(); kinds];
    for first in 0..kinds {
        let (cycle, counts) = Cycle::of(course, None, first, false);
        if course.rule.is_none() {
            return counts.into_iter().map(|(rarity, count)| (rarity, count.into())).collect();
        }
        rows[column(first)] = equation(
            &cycle,
            column(first),
            kinds,
            |draws| column(first + draws),
            counts.into_values(),
        );
    }
    let rarities: BTreeSet<Rarity> = course.rarities().collect();
    rarities.into_iter().zip(eliminate(rows).into_iter().skip(1)).collect()
}
