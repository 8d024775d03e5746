//! The odds of a pool, exactly, as they are published.
//!
//! Small fractions give the next draw: [`Pool::odds`] for anyone, and
//! [`Pool::next_draw`] for a player, with what is owed to them. Both read the
//! same rules as the draw. Big fractions, in the modules below, give what many
//! draws bring. There are no floats here.

mod bounds;
mod boxes;
mod cycle;
mod forecast;
mod horizon;
mod linear;
mod percent;
mod share;
mod wait;
mod walk;

use num_integer::Integer;
use num_rational::BigRational;

use crate::draw::Block;
use crate::stage::Stage;
use crate::tier::Tier;
use crate::{
    BoxReset, ItemMasterId, PityState, PlayerState, Pool, PoolItem, PoolKind, Rarity, boxed,
};

pub use forecast::{Forecast, ItemForecast, RarityForecast};
pub use horizon::First;
pub use percent::{decimal, fraction, percent};
pub use wait::{Wait, WaitPoint};

/// A probability as an exact fraction. All rates of one answer share
/// a denominator, so that anyone can add them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many parts.
    pub numerator: u64,
    /// Of how many, below 2⁵³ so that every JSON reader gets it right.
    pub denominator: u64,
}

/// The odds of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOdds {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in this pool.
    pub rarity: Rarity,
    /// Whether the pool advertises it.
    pub is_pickup: bool,
    /// How often it comes.
    pub rate: Rate,
    /// The same in percent, rounded.
    pub percent: String,
}

/// The odds of one rarity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RarityOdds {
    /// Which rarity.
    pub rarity: Rarity,
    /// How often it comes.
    pub rate: Rate,
    /// The same in percent, rounded.
    pub percent: String,
}

/// The odds of a draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odds {
    /// Of each rarity, from common to rare.
    pub rarities: Vec<RarityOdds>,
    /// Of each item, by rarity and name.
    pub items: Vec<ItemOdds>,
}

impl Pool {
    /// The odds of a draw of a step on which nothing but the weights decides,
    /// or of the first draw from a full box. `None` only for a step that the
    /// pool does not have.
    #[must_use]
    pub fn odds(&self, step: u32) -> Option<Odds> {
        if step >= self.stage_count() {
            return None;
        }
        if let PoolKind::Box { .. } = self.parts().kind {
            return Some(self.odds_of_box(&vec![0; self.items().len()]));
        }
        // A fresh state of a pool without pity: nothing is owed.
        let stage = self.stage(step);
        Some(self.odds_of_stage(stage, None, stage.tiers.len()))
    }

    /// The odds of a draw of a step that must fulfil the guarantee, because no draw of
    /// its block did; apart from that nothing but the weights decides. `None` without a
    /// guarantee.
    #[must_use]
    pub fn guaranteed_odds(&self, step: u32) -> Option<Odds> {
        if step >= self.stage_count() {
            return None;
        }
        let stage = self.stage(step);
        stage.parts.guarantee?;
        Some(self.odds_of_stage(stage, None, stage.guaranteed_tiers))
    }

    /// The odds of a draw that owes a pickup, because the last SSR was none. `None`
    /// unless the pool has that guarantee.
    #[must_use]
    pub fn rate_up_odds(&self) -> Option<Odds> {
        self.pity().filter(|rule| rule.rate_up_guarantee)?;
        let stage = self.stage(0);
        let owed = PityState { count: 0, is_pickup_due: true };
        Some(self.odds_of_stage(stage, Some(owed), stage.tiers.len()))
    }

    /// The odds of each rarity on the draws, counted from the last SSR, on which pity
    /// changes them: from the first raised one to the one that is certain. Empty
    /// without pity.
    #[must_use]
    pub fn pity_odds(&self) -> Vec<(u32, Vec<RarityOdds>)> {
        let Some(rule) = self.pity() else { return Vec::new() };
        let last = rule.max_count.get();
        let first = rule.soft.map_or(last, |soft| soft.from_count.get().min(last));
        let stage = self.stage(0);
        (first..=last)
            .map(|draw| {
                let pity = PityState { count: draw - 1, is_pickup_due: false };
                (draw, self.odds_of_stage(stage, Some(pity), stage.tiers.len()).rarities)
            })
            .collect()
    }

    /// The odds of the next draw of a player: with the pity that they have
    /// reached, at the step that they are at, from what is left in their box.
    /// Of a purchase of several draws it is the first. `None` if the last step was
    /// bought, or the box has fewer copies than the smallest purchase. Whether the player
    /// may draw now, by limits, dates and hours, is not asked: [`Pool::offers`] says that.
    #[must_use]
    pub fn next_draw(&self, state: &PlayerState) -> Option<Odds> {
        if let PoolKind::Box { reset, .. } = self.parts().kind {
            let mut drawn = boxed::drawn(self.items(), state);
            if reset.is_due(self.items(), &drawn) {
                drawn.fill(0);
            }
            let smallest = self.prices_at(0).iter().map(|price| price.draw_count).min();
            let smallest = smallest.into_iter().chain(self.parts().free_daily).min()?;
            let left = boxed::all_left(self.items(), &drawn);
            let is_enough = reset != BoxReset::Never || left >= u64::from(smallest.get());
            return (left > 0 && is_enough).then(|| self.odds_of_box(&drawn));
        }
        let stage = self.stage(self.step(state.purchases)?);
        let eligible_tiers = Block::default().eligible_tiers(stage);
        Some(self.odds_of_stage(stage, Some(state.pity), eligible_tiers))
    }

    /// The odds of a draw by odds; without `pity`, as if there were none.
    fn odds_of_stage(&self, stage: &Stage, pity: Option<PityState>, eligible_tiers: usize) -> Odds {
        let rule = self.pity().filter(|_| pity.is_some());
        let pity = pity.unwrap_or_default();
        let split = stage.split(rule, pity, eligible_tiers);
        let total_of = |tier: &Tier| tier.total_of(pity.owes_pickup(rule, tier.rarity));
        let lcm = stage.tiers.iter().fold(1u64, |lcm, tier| lcm.lcm(&total_of(tier)));

        let parts = split.parts.iter().copied().chain(std::iter::repeat(0));
        let mut tiers: Vec<_> = stage.tiers.iter().zip(parts).collect();
        tiers.reverse();
        let rarities = tiers.iter().map(|(tier, part)| (tier.rarity, part * lcm)).collect();
        let items = tiers
            .iter()
            .flat_map(|&(tier, part)| {
                let must_be_pickup = pity.owes_pickup(rule, tier.rarity);
                let unit = part * (lcm / total_of(tier));
                self.items()[tier.first..tier.end].iter().map(move |item| {
                    let is_out = must_be_pickup && !item.is_pickup;
                    (item, if is_out { 0 } else { unit * u64::from(item.weight.get()) })
                })
            })
            .collect();
        Odds::new(rarities, items, split.bound * lcm)
    }

    /// The odds of a draw from a box from which these copies are drawn already.
    fn odds_of_box(&self, drawn: &[u32]) -> Odds {
        let items: Vec<(&PoolItem, u64)> = self
            .items()
            .iter()
            .zip(drawn)
            .map(|(item, &drawn)| (item, boxed::left(item, drawn)))
            .collect();
        let mut rarities: Vec<(Rarity, u64)> = Vec::new();
        for (item, left) in &items {
            match rarities.last_mut() {
                Some((rarity, sum)) if *rarity == item.rarity => *sum += left,
                _ => rarities.push((item.rarity, *left)),
            }
        }
        let denominator = boxed::all_left(self.items(), drawn);
        Odds::new(rarities, items, denominator)
    }
}

impl Odds {
    /// Odds in parts of a denominator, up to which both lists add up.
    fn new(rarities: Vec<(Rarity, u64)>, items: Vec<(&PoolItem, u64)>, denominator: u64) -> Self {
        let of_rarities = rates(rarities.iter().map(|(_, parts)| *parts), denominator);
        let of_items = rates(items.iter().map(|(_, parts)| *parts), denominator);
        Self {
            rarities: rarities
                .into_iter()
                .zip(of_rarities)
                .map(|((rarity, _), (rate, percent))| RarityOdds { rarity, rate, percent })
                .collect(),
            items: items
                .into_iter()
                .zip(of_items)
                .map(|((item, _), (rate, percent))| ItemOdds {
                    item_master_id: item.item_master_id.clone(),
                    rarity: item.rarity,
                    is_pickup: item.is_pickup,
                    rate,
                    percent,
                })
                .collect(),
        }
    }
}

fn rates(parts: impl Iterator<Item = u64>, denominator: u64) -> Vec<(Rate, String)> {
    parts
        .map(|numerator| {
            let exact = BigRational::new_raw(numerator.into(), denominator.into());
            (Rate { numerator, denominator }, percent(&exact))
        })
        .collect()
}

#[cfg(test)]
mod tests;
