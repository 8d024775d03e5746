//! The odds of a pool, exactly, as they are published.
//!
//! These are the odds of a draw on which pity does not decide.

use crate::tier::Tier;
use crate::{ItemMasterId, Pool, Rarity};

/// A probability as an exact fraction. All rates of a pool share one
/// denominator, so that anyone can add them up.
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
    /// The same in percent with six decimals; those of a pool add up to 100.
    pub percent: String,
}

/// The odds of one rarity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RarityOdds {
    /// Which rarity.
    pub rarity: Rarity,
    /// How often it comes.
    pub rate: Rate,
    /// The same in percent with six decimals; those of a pool add up to 100.
    pub percent: String,
}

/// The odds of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odds {
    /// Of each rarity, from common to rare.
    pub rarities: Vec<RarityOdds>,
    /// Of each item, by rarity and name.
    pub items: Vec<ItemOdds>,
}

/// What percentages are counted in: millionths of a percent.
const PERCENT_PARTS: u64 = 100_000_000;

impl Pool {
    /// The odds of a draw of a step on which pity and guarantees do not decide.
    /// `None` for a box, which has no odds but those of what is left in it.
    #[must_use]
    pub fn odds(&self, step: u32) -> Option<Odds> {
        let stage = self.stage(step);
        let denominator = stage.common_denominator().filter(|_| !stage.tiers.is_empty())?;
        let parts_of_tier = |tier: &Tier| denominator / stage.total * tier.weight;
        let tiers: Vec<&Tier> = stage.tiers.iter().rev().collect();

        let rarity_parts: Vec<u64> = tiers.iter().map(|tier| parts_of_tier(tier)).collect();
        let item_parts: Vec<u64> = tiers
            .iter()
            .flat_map(|tier| {
                let unit = parts_of_tier(tier) / tier.total();
                let items = &self.items()[tier.first..tier.end];
                items.iter().map(move |item| unit * u64::from(item.weight.get()))
            })
            .collect();

        Some(Odds {
            rarities: tiers
                .iter()
                .zip(rates(&rarity_parts, denominator))
                .map(|(tier, (rate, percent))| RarityOdds { rarity: tier.rarity, rate, percent })
                .collect(),
            items: tiers
                .iter()
                .flat_map(|tier| &self.items()[tier.first..tier.end])
                .zip(rates(&item_parts, denominator))
                .map(|(item, (rate, percent))| ItemOdds {
                    item_master_id: item.item_master_id.clone(),
                    rarity: item.rarity,
                    is_pickup: item.is_pickup,
                    rate,
                    percent,
                })
                .collect(),
        })
    }
}

fn rates(parts: &[u64], denominator: u64) -> impl Iterator<Item = (Rate, String)> {
    parts
        .iter()
        .map(move |&numerator| Rate { numerator, denominator })
        .zip(percentages(parts, denominator))
}

/// Percentages that add up to exactly 100, by the largest remainder method
/// (Hamilton's): all are rounded down, and what is missing goes, a millionth
/// each, to those that lost the most. Each is off by less than a millionth.
fn percentages(parts: &[u64], denominator: u64) -> Vec<String> {
    let exact = |part: u64| u128::from(part) * u128::from(PERCENT_PARTS);
    let mut floors: Vec<u128> =
        parts.iter().map(|&part| exact(part) / u128::from(denominator)).collect();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|&i| std::cmp::Reverse(exact(parts[i]) % u128::from(denominator)));
    let missing = u128::from(PERCENT_PARTS).saturating_sub(floors.iter().sum());
    for &index in by_remainder.iter().take(usize::try_from(missing).unwrap_or(usize::MAX)) {
        floors[index] += 1;
    }
    floors
        .into_iter()
        .map(|millionths| format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rarity;
    use crate::pool::tests::{item, parts};

    /// In millionths of a percent, to add up without rounding.
    fn millionths(percent: &str) -> u64 {
        percent.replace('.', "").parse().unwrap()
    }

    #[test]
    fn rates_and_percentages_add_up_exactly() {
        for ssr_items in 1..=40 {
            let mut parts = parts();
            parts.items.retain(|item| item.rarity != Rarity::Ssr);
            parts
                .items
                .extend((0..ssr_items).map(|n| item(&format!("ssr-{n}"), Rarity::Ssr, n % 3 + 1)));
            let odds = Pool::new(parts).unwrap().odds(0).unwrap();

            let denominator = odds.items[0].rate.denominator;
            assert!(odds.items.iter().all(|item| item.rate.denominator == denominator));
            assert_eq!(odds.items.iter().map(|i| i.rate.numerator).sum::<u64>(), denominator);
            assert_eq!(odds.rarities.iter().map(|r| r.rate.numerator).sum::<u64>(), denominator);
            let percents: u64 = odds.items.iter().map(|item| millionths(&item.percent)).sum();
            assert_eq!(percents, PERCENT_PARTS);
            let percents: u64 = odds.rarities.iter().map(|r| millionths(&r.percent)).sum();
            assert_eq!(percents, PERCENT_PARTS);
        }
    }

    #[test]
    fn odds_are_those_of_the_weights() {
        let odds = Pool::new(parts()).unwrap().odds(0).unwrap();
        let percents: Vec<(&str, &str)> = odds
            .items
            .iter()
            .map(|item| (item.item_master_id.as_str(), item.percent.as_str()))
            .collect();
        assert_eq!(
            percents,
            [
                ("r-one", "17.000000"),
                ("r-two", "68.000000"),
                ("sr", "12.000000"),
                ("pickup-ssr", "2.000000"),
                ("other-ssr", "1.000000"),
            ]
        );
    }

    #[test]
    fn what_rounding_loses_goes_to_those_that_lost_the_most() {
        assert_eq!(percentages(&[1, 1, 1], 3), ["33.333334", "33.333333", "33.333333"]);
        assert_eq!(percentages(&[2, 1], 3), ["66.666667", "33.333333"]);
    }
}
