//! Chances draw by draw: all that can happen to a player, each with its exact
//! weight.
//!
//! Nothing here decides anything by itself. The functions that the draw itself
//! uses say which tiers a draw may choose, how numbers fall on them, and which
//! state it leaves.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, Zero};

use crate::draw::Block;
use crate::stage::Stage;
use crate::{AfterLastStep, DrawCount, PityRule, PityState, Pool, PoolKind, Rarity};

/// Where a player stands between two draws by odds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place {
    pub(super) pity: PityState,
    pub(super) block: Block,
}

/// What a player is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) rarity: Rarity,
    pub(super) must_be_pickup: bool,
}

impl Target {
    pub(super) fn is(self, rarity: Rarity, is_pickup: bool) -> bool {
        rarity == self.rarity && (is_pickup || !self.must_be_pickup)
    }
}

/// One way that a draw can go.
pub(super) struct Outcome {
    pub(super) rarity: Rarity,
    /// Whether it is a pickup, where [`Course::is_split`] says that it matters.
    pub(super) is_pickup: bool,
    /// Where it leaves the player.
    pub(super) place: Place,
}

/// What a player buys who always buys the same: purchase after purchase.
pub(super) struct Course<'pool> {
    pub(super) rule: Option<&'pool PityRule>,
    /// One turn: a purchase, or the steps of a step-up.
    draws: Vec<CourseDraw<'pool>>,
    /// Whether another turn follows each.
    pub(super) repeats: bool,
    target: Option<Target>,
}

struct CourseDraw<'pool> {
    stage: &'pool Stage,
    /// What the purchase costs that begins with it.
    price: Option<u64>,
}

impl<'pool> Course<'pool> {
    /// `None` if the pool does not sell that many draws, or is a box.
    pub(super) fn new(
        pool: &'pool Pool,
        draw_count: DrawCount,
        target: Option<Target>,
    ) -> Option<Self> {
        let mut draws = Vec::new();
        let repeats = match pool.parts().kind {
            PoolKind::Standard(_) => {
                let price =
                    pool.prices_at(0).iter().find(|price| price.draw_count == draw_count)?;
                add_purchase(&mut draws, pool.stage(0), draw_count, price.cost.amount.amount());
                true
            }
            PoolKind::StepUp { after_last, .. } => {
                let prices = || (0..pool.stage_count()).map(|step| (step, pool.prices_at(step)));
                let mut counts = prices().flat_map(|(_, prices)| prices);
                counts.find(|price| price.draw_count == draw_count)?;
                for (step, prices) in prices() {
                    for price in prices {
                        let amount = price.cost.amount.amount();
                        add_purchase(&mut draws, pool.stage(step), price.draw_count, amount);
                    }
                }
                after_last == AfterLastStep::Loop
            }
            PoolKind::Box { .. } => return None,
        };
        Some(Self { rule: pool.pity(), draws, repeats, target })
    }

    /// How many draws a turn has.
    pub(super) fn period(&self) -> usize {
        self.draws.len()
    }

    /// How many draws a number of purchases is, as far as the pool sells them.
    pub(super) fn draws_of(&self, purchases: u32) -> usize {
        let begins = self.draws.iter().enumerate().filter(|(_, draw)| draw.price.is_some());
        let begins: Vec<usize> = begins.map(|(index, _)| index).collect();
        let (turns, rest) = (purchases as usize / begins.len(), purchases as usize % begins.len());
        if turns > 0 && !self.repeats {
            self.period()
        } else {
            turns * self.period() + begins[rest]
        }
    }

    /// What the purchases cost that begin with each draw of a turn.
    pub(super) fn prices(&self) -> Vec<u64> {
        self.draws.iter().map(|draw| draw.price.unwrap_or(0)).collect()
    }

    /// What can be drawn, also if a guarantee never lets it.
    pub(super) fn rarities(&self) -> impl Iterator<Item = Rarity> {
        self.draws.iter().flat_map(|draw| &draw.stage.tiers).map(|tier| tier.rarity)
    }

    /// Whether pickups of a tier must be counted apart from its other items,
    /// because what follows depends on them.
    pub(super) fn is_split(&self, rarity: Rarity) -> bool {
        self.rule.is_some_and(|rule| rule.rate_up_guarantee && rarity == PityRule::RARITY)
            || self.target.is_some_and(|target| target.must_be_pickup && target.rarity == rarity)
    }

    /// After how many draws a guarantee is at the same position again, for a
    /// player whose last draw fulfilled it; 1 if none ever decides.
    pub(super) fn block_period(&self) -> usize {
        let (first, period) = (&self.draws[0].stage, self.period());
        let length = first.parts.guarantee.map_or(0, |guarantee| guarantee.draw_count.get());
        let length = length as usize;
        if length == 0 || length > period || first.guaranteed_tiers == first.tiers.len() {
            1
        } else if period.is_multiple_of(length) {
            length
        } else {
            period
        }
    }

    /// The place of a player who, in this pity, begins with the given draw of a
    /// turn, after an SSR if it is not the first.
    pub(super) fn place_at(&self, draw: usize, pity: PityState) -> Place {
        let mut block = Block::default();
        for _ in 0..draw {
            block.count(self.draws[0].stage, PityRule::RARITY);
        }
        Place { pity, block }
    }
}

fn add_purchase<'pool>(
    draws: &mut Vec<CourseDraw<'pool>>,
    stage: &'pool Stage,
    draw_count: DrawCount,
    price: u64,
) {
    draws.extend(
        (0..draw_count.get()).map(|draw| CourseDraw { stage, price: (draw == 0).then_some(price) }),
    );
}

/// How likely a player is where. Weights are whole numbers over one
/// denominator, which grows with each draw; nothing is ever reduced, because
/// that would cost more than it saves.
pub(super) struct Masses {
    at: BTreeMap<Place, BigUint>,
    pub(super) denominator: BigUint,
}

impl Masses {
    /// All at one place.
    pub(super) fn at(place: Place) -> Self {
        Self { at: BTreeMap::from([(place, BigUint::one())]), denominator: BigUint::one() }
    }

    /// How likely each pity is.
    #[cfg(test)]
    pub(super) fn by_pity(&self) -> BTreeMap<PityState, num_rational::BigRational> {
        let mut by_pity = BTreeMap::new();
        for (place, mass) in &self.at {
            let chance = num_rational::BigRational::new(
                mass.clone().into(),
                self.denominator.clone().into(),
            );
            *by_pity.entry(place.pity).or_insert_with(num_rational::BigRational::zero) += chance;
        }
        by_pity
    }

    /// All of it.
    pub(super) fn sum(&self) -> BigUint {
        self.at.values().sum()
    }

    /// Makes the `index`-th draw of a course. `goes_on` gets each outcome
    /// with its weight, and says whether to follow it further. Returns what the
    /// denominator grew by; the weights are already over the new one.
    pub(super) fn draw(
        &mut self,
        course: &Course<'_>,
        index: usize,
        mut goes_on: impl FnMut(&Outcome, &BigUint) -> bool,
    ) -> BigUint {
        let draw = &course.draws[index % course.period()];
        let mut ways = Vec::new();
        for (mut place, mass) in std::mem::take(&mut self.at) {
            if draw.price.is_some() {
                place.block = Block::default(); // a purchase begins
            }
            ways.push((Ways::from(course, draw.stage, place), mass));
        }
        let growth =
            ways.iter().fold(BigUint::one(), |lcm, (ways, _)| lcm.lcm(&ways.denominator.into()));
        for (ways, mass) in ways {
            let unit = mass * (&growth / ways.denominator);
            for (outcome, parts) in ways.outcomes {
                let mass = &unit * parts;
                if goes_on(&outcome, &mass) {
                    *self.at.entry(outcome.place).or_insert_with(BigUint::zero) += mass;
                }
            }
        }
        self.denominator *= &growth;
        growth
    }
}

/// The ways that one draw can go from one place, in parts of a denominator.
struct Ways {
    outcomes: Vec<(Outcome, u64)>,
    denominator: u64,
}

impl Ways {
    /// Checked with the pool: the product of all totals is below 2⁵³.
    fn from(course: &Course<'_>, stage: &Stage, place: Place) -> Self {
        let split = stage.split(course.rule, place.pity, place.block.eligible_tiers(stage));
        let totals = stage.tiers.iter().filter(|tier| course.is_split(tier.rarity));
        let lcm = totals.fold(1u64, |lcm, tier| lcm.lcm(&tier.total()));

        let mut outcomes = Vec::new();
        for (tier, &parts) in stage.tiers.iter().zip(&split.parts) {
            let (total, pickups) = (tier.total(), tier.pickup_total());
            let shares = if !course.is_split(tier.rarity) {
                [(false, parts * lcm), (true, 0)]
            } else if place.pity.owes_pickup(course.rule, tier.rarity) {
                [(false, 0), (true, parts * lcm)]
            } else {
                let unit = parts * (lcm / total);
                [(false, unit * (total - pickups)), (true, unit * pickups)]
            };
            for (is_pickup, parts) in shares.into_iter().filter(|&(_, parts)| parts > 0) {
                let mut next = place;
                next.block.count(stage, tier.rarity);
                if let Some(rule) = course.rule {
                    next.pity = place.pity.after(rule, tier.rarity, is_pickup);
                }
                outcomes.push((Outcome { rarity: tier.rarity, is_pickup, place: next }, parts));
            }
        }
        Self { outcomes, denominator: split.bound * lcm }
    }
}
