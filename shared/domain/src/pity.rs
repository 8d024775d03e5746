//! Pity: what a player is owed after draws that brought no SSR.

use std::num::{NonZeroU32, NonZeroU64};

use crate::{PityGroup, Rarity};

/// How pity works in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PityRule {
    /// Whose counter it is.
    pub group: PityGroup,
    /// The draw that is an SSR at the latest: after `max_count - 1` draws
    /// without one, the next is certain.
    pub max_count: NonZeroU32,
    /// How an SSR becomes likelier before that.
    pub soft: Option<SoftPity>,
    /// Whether an SSR that is not a pickup makes the next SSR one.
    pub rate_up_guarantee: bool,
}

/// A rate that rises from a given draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftPity {
    /// The first draw with a raised weight, counted from the last SSR.
    pub from_count: NonZeroU32,
    /// What that draw, and each one after it, adds to the weight of an SSR.
    pub weight_step: NonZeroU64,
}

/// Where a player's pity stands in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PityState {
    /// How many draws the player has made since the last SSR.
    pub count: u32,
    /// Whether the last SSR missed the pickup, so that the next is one.
    pub is_pickup_due: bool,
}

impl PityRule {
    /// What pity promises.
    pub const RARITY: Rarity = Rarity::Ssr;

    /// The weight of an SSR, of `total`, after `count` draws without one.
    pub(crate) fn weight(&self, base: u64, total: u64, count: u32) -> u64 {
        let draw = u64::from(count) + 1;
        if draw >= u64::from(self.max_count.get()) {
            return total;
        }
        let raised = self.soft.map_or(0, |soft| {
            let steps = (draw + 1).saturating_sub(u64::from(soft.from_count.get()));
            soft.weight_step.get().saturating_mul(steps)
        });
        total.min(base.saturating_add(raised))
    }
}

impl PityState {
    /// Whether an item of this rarity, if one is drawn now, must be a pickup.
    pub(crate) fn owes_pickup(self, rule: Option<&PityRule>, rarity: Rarity) -> bool {
        self.is_pickup_due
            && rarity == PityRule::RARITY
            && rule.is_some_and(|rule| rule.rate_up_guarantee)
    }

    /// Pity after a draw in a pool with this rule.
    pub(crate) fn after(self, rule: &PityRule, rarity: Rarity, is_pickup: bool) -> Self {
        if rarity != PityRule::RARITY {
            return Self { count: self.count.saturating_add(1), ..self };
        }
        // A pool without the guarantee leaves it for the pools that have it.
        let is_pickup_due = if rule.rate_up_guarantee { !is_pickup } else { self.is_pickup_due };
        Self { count: 0, is_pickup_due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(max_count: u32, soft: Option<(u32, u64)>) -> PityRule {
        PityRule {
            group: PityGroup::new("test").unwrap(),
            max_count: max_count.try_into().unwrap(),
            soft: soft.map(|(from_count, weight_step)| SoftPity {
                from_count: from_count.try_into().unwrap(),
                weight_step: weight_step.try_into().unwrap(),
            }),
            rate_up_guarantee: true,
        }
    }

    #[test]
    fn the_weight_of_an_ssr_rises_from_the_given_draw_and_ends_in_certainty() {
        let hard = rule(90, None);
        let soft = rule(90, Some((75, 6)));
        for (count, of_hard, of_soft) in [
            (0, 3, 3),
            (73, 3, 3),      // the 74th draw: not yet
            (74, 3, 9),      // the 75th: the first raised one
            (75, 3, 15),     // and one more step
            (88, 3, 93),     // the 89th
            (89, 100, 100),  // the 90th is certain
            (500, 100, 100), // a counter from a longer rule
            (u32::MAX, 100, 100),
        ] {
            assert_eq!(hard.weight(3, 100, count), of_hard, "hard at {count}");
            assert_eq!(soft.weight(3, 100, count), of_soft, "soft at {count}");
        }
    }

    #[test]
    fn a_missed_pickup_is_owed_until_one_comes() {
        let due = PityState { count: 5, is_pickup_due: true };
        let free = PityState { count: 5, is_pickup_due: false };
        let mut without = rule(90, None);
        without.rate_up_guarantee = false;
        let with = rule(90, None);
        for (before, rule, rarity, is_pickup, count, is_pickup_due) in [
            (free, &with, Rarity::Ssr, false, 0, true),
            (free, &with, Rarity::Ssr, true, 0, false),
            (due, &with, Rarity::Ssr, true, 0, false),
            (due, &with, Rarity::Sr, true, 6, true), // another rarity's pickup pays nothing
            (due, &without, Rarity::Ssr, false, 0, true), // kept for the pool that owes it
            (free, &without, Rarity::Ssr, false, 0, false),
        ] {
            let after = before.after(rule, rarity, is_pickup);
            assert_eq!(after, PityState { count, is_pickup_due }, "{before:?} {rarity}");
        }
    }
}
