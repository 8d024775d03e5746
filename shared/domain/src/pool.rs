//! A pool: what can be drawn, how often, and for how much.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use time::OffsetDateTime;

use crate::tier::{Tier, common_denominator};
use crate::{Cost, CurrencyType, Gems, Invalid, ItemMasterId, PityGroup, PoolId, Rarity};

/// How many draws one request asks for: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrawCount(u32);

impl DrawCount {
    /// The most draws that one request may ask for.
    pub const MAX: u32 = 100;

    /// A number of draws.
    ///
    /// # Errors
    /// When it is not 1 to 100.
    pub const fn new(count: u32) -> Result<Self, Invalid> {
        if count >= 1 && count <= Self::MAX {
            Ok(Self(count))
        } else {
            Err(Invalid("must be 1 to 100"))
        }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A price: so many draws for so many gems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// How many draws are sold.
    pub draw_count: DrawCount,
    /// What they cost together.
    pub cost: Cost,
}

/// When an SSR is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PityRule {
    /// Whose counter it is.
    pub group: PityGroup,
    /// The draw that is an SSR at the latest: after `max_count - 1` draws
    /// without one, the next is certain.
    pub max_count: NonZeroU32,
}

/// An item of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolItem {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in this pool.
    pub rarity: Rarity,
    /// Its share among the items of its rarity.
    pub weight: NonZeroU32,
    /// Whether the pool advertises it.
    pub is_pickup: bool,
}

/// What a pool is made of, before it is checked.
#[derive(Debug, Clone)]
pub struct PoolParts {
    /// Its name in master data.
    pub pool_id: PoolId,
    /// Its name for players.
    pub name: String,
    /// The first moment at which it sells.
    pub opens_at: OffsetDateTime,
    /// The first moment at which it no longer sells.
    pub closes_at: Option<OffsetDateTime>,
    /// What it sells.
    pub prices: Vec<Price>,
    /// When an SSR is certain.
    pub pity: PityRule,
    /// The share of each rarity.
    pub rarity_weights: Vec<(Rarity, NonZeroU32)>,
    /// What can be drawn.
    pub items: Vec<PoolItem>,
}

/// Why parts make no pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The dates are the wrong way round.
    #[error("closes_at is not after opens_at")]
    ClosesBeforeItOpens,
    /// Nothing is for sale.
    #[error("no price")]
    NoPrice,
    /// A draw count is sold twice.
    #[error("draw_count {0} has two prices")]
    TwoPrices(u32),
    /// A rarity is weighed twice.
    #[error("rarity {0} has two weights")]
    TwoWeights(Rarity),
    /// A rarity can come up, but nothing is in it.
    #[error("rarity {0} has a weight but no items")]
    RarityWithoutItems(Rarity),
    /// An item can never come up.
    #[error("item {0} has rarity {1}, which has no weight")]
    ItemOfUnweightedRarity(ItemMasterId, Rarity),
    /// An item is listed twice.
    #[error("item {0} is listed twice")]
    ItemTwice(ItemMasterId),
    /// Pity promises an SSR that the pool does not have.
    #[error("pity promises an SSR, and the pool has none")]
    PityWithoutSsr,
    /// The exact odds would not fit JSON numbers.
    #[error("the weights have no common denominator below 2^53; choose rounder ones")]
    OddsTooFine,
}

/// A pool whose rules make sense. It cannot be made otherwise, nor changed.
#[derive(Debug, Clone)]
pub struct Pool {
    parts: PoolParts,
    tiers: Vec<Tier>,
    ssr_tier: usize,
}

impl Pool {
    /// Checks the parts and puts them together.
    ///
    /// # Errors
    /// The first rule that the parts break.
    pub fn new(mut parts: PoolParts) -> Result<Self, PoolError> {
        if parts.closes_at.is_some_and(|closes_at| closes_at <= parts.opens_at) {
            return Err(PoolError::ClosesBeforeItOpens);
        }
        check_prices(&parts.prices)?;
        parts.prices.sort_by_key(|price| price.draw_count);
        // One order for the same pool, whatever order it was written in: draws
        // and published odds must not depend on it.
        parts.rarity_weights.sort();
        parts
            .items
            .sort_by(|a, b| (a.rarity, &a.item_master_id).cmp(&(b.rarity, &b.item_master_id)));

        let tiers = tiers(&parts)?;
        check_items(&parts)?;
        let ssr_tier = tiers
            .iter()
            .position(|tier| tier.rarity == Rarity::Ssr)
            .ok_or(PoolError::PityWithoutSsr)?;
        common_denominator(&tiers).ok_or(PoolError::OddsTooFine)?;

        Ok(Self { parts, tiers, ssr_tier })
    }

    /// Its name in master data.
    #[must_use]
    pub fn pool_id(&self) -> &PoolId {
        &self.parts.pool_id
    }

    /// Its name for players.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// The first moment at which it sells.
    #[must_use]
    pub fn opens_at(&self) -> OffsetDateTime {
        self.parts.opens_at
    }

    /// The first moment at which it no longer sells, if there is one.
    #[must_use]
    pub fn closes_at(&self) -> Option<OffsetDateTime> {
        self.parts.closes_at
    }

    /// What it sells, by rising draw count.
    #[must_use]
    pub fn prices(&self) -> &[Price] {
        &self.parts.prices
    }

    /// When an SSR is certain.
    #[must_use]
    pub fn pity(&self) -> &PityRule {
        &self.parts.pity
    }

    /// The weight of each rarity, from common to rare.
    #[must_use]
    pub fn rarity_weights(&self) -> &[(Rarity, NonZeroU32)] {
        &self.parts.rarity_weights
    }

    /// What can be drawn, by rarity and name.
    #[must_use]
    pub fn items(&self) -> &[PoolItem] {
        &self.parts.items
    }

    /// What this many draws cost, or `None` if the pool does not sell them.
    #[must_use]
    pub fn cost_of(&self, draw_count: DrawCount) -> Option<Cost> {
        let price = self.parts.prices.iter().find(|price| price.draw_count == draw_count)?;
        Some(price.cost)
    }

    pub(crate) fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    pub(crate) fn ssr_tier(&self) -> &Tier {
        &self.tiers[self.ssr_tier]
    }
}

fn check_prices(prices: &[Price]) -> Result<(), PoolError> {
    let mut seen = BTreeSet::new();
    for price in prices {
        if !seen.insert(price.draw_count) {
            return Err(PoolError::TwoPrices(price.draw_count.get()));
        }
    }
    if seen.is_empty() { Err(PoolError::NoPrice) } else { Ok(()) }
}

fn check_items(parts: &PoolParts) -> Result<(), PoolError> {
    let mut seen = BTreeSet::new();
    for item in &parts.items {
        let id = &item.item_master_id;
        if !seen.insert(id) {
            return Err(PoolError::ItemTwice(id.clone()));
        }
        if !parts.rarity_weights.iter().any(|(rarity, _)| *rarity == item.rarity) {
            return Err(PoolError::ItemOfUnweightedRarity(id.clone(), item.rarity));
        }
    }
    Ok(())
}

fn tiers(parts: &PoolParts) -> Result<Vec<Tier>, PoolError> {
    let mut tiers: Vec<Tier> = Vec::new();
    for &(rarity, weight) in &parts.rarity_weights {
        if tiers.iter().any(|tier| tier.rarity == rarity) {
            return Err(PoolError::TwoWeights(rarity));
        }
        let of_rarity = |item: &&PoolItem| item.rarity == rarity;
        let items: Vec<usize> =
            (0..parts.items.len()).filter(|&index| of_rarity(&&parts.items[index])).collect();
        if items.is_empty() {
            return Err(PoolError::RarityWithoutItems(rarity));
        }
        tiers.push(Tier {
            rarity,
            weight: u64::from(weight.get()),
            item_weight_total: parts
                .items
                .iter()
                .filter(of_rarity)
                .map(|item| u64::from(item.weight.get()))
                .sum(),
            items,
        });
    }
    Ok(tiers)
}

impl Price {
    /// A price in the given gems.
    ///
    /// # Errors
    /// When the draw count or the amount is out of range.
    pub fn new(draw_count: u32, currency_type: CurrencyType, amount: u64) -> Result<Self, Invalid> {
        let draw_count = DrawCount::new(draw_count)?;
        let amount = Gems::new(amount)?;
        Ok(Self { draw_count, cost: Cost { currency_type, amount } })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use time::macros::datetime;

    use super::*;

    pub(crate) fn item(name: &str, rarity: Rarity, weight: u32) -> PoolItem {
        PoolItem {
            item_master_id: ItemMasterId::new(name).unwrap(),
            rarity,
            weight: weight.try_into().unwrap(),
            is_pickup: name.starts_with("pickup"),
        }
    }

    pub(crate) fn parts() -> PoolParts {
        PoolParts {
            pool_id: PoolId::new("test").unwrap(),
            name: "Test".into(),
            opens_at: datetime!(2026-01-01 0:00 UTC),
            closes_at: None,
            prices: vec![
                Price::new(10, CurrencyType::FreeGem, 3_000).unwrap(),
                Price::new(1, CurrencyType::FreeGem, 300).unwrap(),
            ],
            pity: PityRule {
                group: PityGroup::new("test").unwrap(),
                max_count: 90.try_into().unwrap(),
            },
            rarity_weights: [(Rarity::Ssr, 3), (Rarity::R, 85), (Rarity::Sr, 12)]
                .map(|(rarity, weight)| (rarity, weight.try_into().unwrap()))
                .to_vec(),
            items: vec![
                item("pickup-ssr", Rarity::Ssr, 2),
                item("other-ssr", Rarity::Ssr, 1),
                item("sr", Rarity::Sr, 1),
                item("r-one", Rarity::R, 1),
                item("r-two", Rarity::R, 4),
            ],
        }
    }

    #[test]
    fn a_pool_sells_the_draw_counts_that_it_prices_and_no_others() {
        let pool = Pool::new(parts()).unwrap();
        for (count, amount) in [(1, Some(300)), (10, Some(3_000)), (3, None), (100, None)] {
            let cost = pool.cost_of(DrawCount::new(count).unwrap());
            assert_eq!(cost.map(|cost| cost.amount.amount()), amount, "{count}");
        }
    }

    #[test]
    fn parts_that_make_no_sense_make_no_pool() {
        type Break = fn(&mut PoolParts);
        let cases: [(Break, PoolError); 9] = [
            (|p| p.closes_at = Some(p.opens_at), PoolError::ClosesBeforeItOpens),
            (|p| p.prices.clear(), PoolError::NoPrice),
            (|p| p.prices.push(p.prices[0]), PoolError::TwoPrices(10)),
            (|p| p.rarity_weights.push(p.rarity_weights[0]), PoolError::TwoWeights(Rarity::Ssr)),
            (
                |p| p.items.retain(|item| item.rarity != Rarity::Sr),
                PoolError::RarityWithoutItems(Rarity::Sr),
            ),
            (
                |p| p.rarity_weights.retain(|(rarity, _)| *rarity != Rarity::Sr),
                PoolError::ItemOfUnweightedRarity(ItemMasterId::new("sr").unwrap(), Rarity::Sr),
            ),
            (
                |p| p.items.push(p.items[0].clone()),
                PoolError::ItemTwice(ItemMasterId::new("pickup-ssr").unwrap()),
            ),
            (
                |p| {
                    p.items.retain(|item| item.rarity != Rarity::Ssr);
                    p.rarity_weights.retain(|(rarity, _)| *rarity != Rarity::Ssr);
                },
                PoolError::PityWithoutSsr,
            ),
            (
                |p| {
                    p.items[0].weight = 4_294_967_291.try_into().unwrap();
                    p.items[3].weight = 4_294_967_279.try_into().unwrap();
                },
                PoolError::OddsTooFine,
            ),
        ];
        for (break_it, error) in cases {
            let mut parts = parts();
            break_it(&mut parts);
            assert_eq!(Pool::new(parts).err(), Some(error));
        }
    }
}
