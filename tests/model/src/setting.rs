//! What a world begins with: who asks for what, and which guards stand.

use std::num::NonZeroU32;
use std::sync::Arc;

use tenjo_domain::{
    AfterLastStep, DrawCount, DrawNumber, ExchangeRule, ItemMasterId, Limits, Offer, Payment,
    PityGroup, PityRule, PointGroup, Points, Pool, PoolId, PoolItem, PoolKind, PoolParts, Price,
    Rarity, StageParts,
};
use time::OffsetDateTime;

use crate::world::{DRAW_COUNT, Key};
use crate::{Guard, Rule};

/// When everything happens. Only the day of it matters, for limits.
pub(crate) const NOW: OffsetDateTime = time::macros::datetime!(1970-01-02 12:00 UTC);

/// What the two keys of the player ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Both the same step-up pool. There are gems for two steps, and each step
    /// is sold once.
    OnePool,
    /// Each another pool, and there are gems for one draw only.
    TwoPools,
    /// Each another pool of one pity group, and there are gems for both: the
    /// draws wait for each other, because they move one counter.
    SharedPity,
    /// Both the same pool, which was published anew under another pity group
    /// between the two, and which sells one purchase to each player: the sagas
    /// count as of two draw groups.
    NewPityGroup,
    /// Each another pool, and there are gems for both, but both expect the player's
    /// first draw number.
    OneNumber,
    /// Each another pool, for free gems and paid ones, one for three gems and one for
    /// one. There are a free gem and a lot of two paid ones; another lot can be bought;
    /// and lots are revoked, restored and expire.
    Lots,
}

/// A world before anything happens.
#[derive(Debug, Clone)]
pub struct Setting {
    scenario: Scenario,
    /// What each key asks for.
    pools: [Arc<Pool>; 2],
    pub(crate) requests: [u8; 2],
    without: Vec<Guard>,
    /// Without any: all.
    only: Vec<Rule>,
}

impl Setting {
    /// With every guard.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        let pools = match scenario {
            Scenario::OnePool => [step_up("one"), step_up("one")],
            Scenario::TwoPools | Scenario::OneNumber => [step_up("one"), step_up("two")],
            Scenario::SharedPity => [with_pity("one", "group"), with_pity("two", "group")],
            Scenario::NewPityGroup => [sold_once("one", "group"), sold_once("one", "other")],
            Scenario::Lots => [for_any_gems("one", 3), for_any_gems("two", 1)],
        };
        let pools = pools.map(|parts| Arc::new(Pool::new(parts).expect("a pool of the model")));
        let requests = if scenario == Scenario::Lots { [1, 1] } else { [2, 1] };
        Self { scenario, pools, requests, without: Vec::new(), only: Vec::new() }
    }

    /// With so many requests by each key, instead of two by the first and one by
    /// the other.
    #[must_use]
    pub fn requests(self, count: u8) -> Self {
        Self { requests: [count; 2], ..self }
    }

    /// Without these guards.
    #[must_use]
    pub fn without(self, guards: &[Guard]) -> Self {
        Self { without: guards.to_vec(), ..self }
    }

    /// Looking at these rules alone: to see what comes of breaking the others.
    #[must_use]
    pub fn minding(self, rules: &[Rule]) -> Self {
        Self { only: rules.to_vec(), ..self }
    }

    pub(crate) fn has(&self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }

    pub(crate) fn minds(&self, rule: Rule) -> bool {
        self.only.is_empty() || self.only.contains(&rule)
    }

    /// The gems that the player begins with.
    pub(crate) const fn gift(&self) -> i8 {
        match self.scenario {
            Scenario::OnePool | Scenario::NewPityGroup => 3,
            Scenario::SharedPity | Scenario::OneNumber => 2,
            Scenario::TwoPools | Scenario::Lots => 1,
        }
    }

    /// The paid gems that the player begins with, and can buy once more.
    pub(crate) const fn first_lot(&self) -> i8 {
        if self.has_lots() { 2 } else { 0 }
    }

    /// Whether anything happens to lots of paid gems.
    pub(crate) const fn has_lots(&self) -> bool {
        matches!(self.scenario, Scenario::Lots)
    }

    /// The draw number that every request expects.
    pub(crate) const fn expected_number(&self) -> Option<DrawNumber> {
        match self.scenario {
            Scenario::OneNumber => Some(DrawNumber::FIRST),
            Scenario::OnePool
            | Scenario::TwoPools
            | Scenario::SharedPity
            | Scenario::NewPityGroup
            | Scenario::Lots => None,
        }
    }

    /// The rules of what a key asks for.
    pub(crate) const fn pool(&self, key: Key) -> &Arc<Pool> {
        &self.pools[key as usize]
    }

    /// The place of a key's pool among what the player bought.
    pub(crate) const fn bought_at(&self, key: Key) -> usize {
        match (self.scenario, key) {
            (
                Scenario::TwoPools | Scenario::SharedPity | Scenario::OneNumber | Scenario::Lots,
                Key::Two,
            ) => 1,
            (_, Key::One) | (Scenario::OnePool | Scenario::NewPityGroup, Key::Two) => 0,
        }
    }

    /// The place of a key's draw group, and so of its pity if it has any.
    pub(crate) const fn group_at(&self, key: Key) -> usize {
        match (self.scenario, key) {
            (
                Scenario::TwoPools | Scenario::NewPityGroup | Scenario::OneNumber | Scenario::Lots,
                Key::Two,
            ) => 1,
            (_, Key::One) | (Scenario::OnePool | Scenario::SharedPity, Key::Two) => 0,
        }
    }
}

/// Three steps, for one gem, two and three.
fn step_up(pool_id: &str) -> PoolParts {
    let steps = (1..=3).map(stage).collect();
    parts(pool_id, PoolKind::StepUp { steps, after_last: AfterLastStep::End })
}

/// For one gem, however often.
fn with_pity(pool_id: &str, group: &str) -> PoolParts {
    let pity = PityRule {
        group: PityGroup::new(group).expect("a group"),
        max_count: NonZeroU32::new(90).expect("not 0"),
        soft: None,
        rate_up_guarantee: false,
    };
    PoolParts { pity: Some(pity), ..parts(pool_id, PoolKind::Standard(stage(1))) }
}

/// For so many gems of either kind, however often.
fn for_any_gems(pool_id: &str, gems: u64) -> PoolParts {
    let mut stage = stage(gems);
    let price = Price::new(DRAW_COUNT.into(), Payment::AnyGem, gems).expect("a price");
    stage.prices = vec![price];
    parts(pool_id, PoolKind::Standard(stage))
}

/// The same as with pity, and once for each player.
fn sold_once(pool_id: &str, group: &str) -> PoolParts {
    let limits = Limits { in_total: NonZeroU32::new(DRAW_COUNT.into()), per_day: None };
    PoolParts { limits, ..with_pity(pool_id, group) }
}

fn parts(pool_id: &str, kind: PoolKind) -> PoolParts {
    let item = |name: &str, rarity| PoolItem {
        item_master_id: ItemMasterId::new(name).expect("an item id"),
        rarity,
        weight: NonZeroU32::MIN,
        is_pickup: false,
    };
    let items = vec![item("moon", Rarity::Ssr), item("pebble", Rarity::R)];
    let pool_id = PoolId::new(pool_id).expect("a pool id");
    let one_point = Points::new(1).expect("an amount");
    let exchange = ExchangeRule {
        group: PointGroup::new("points").expect("a group"),
        points_per_draw: one_point,
        closes_at: None,
        offers: vec![Offer { item_master_id: items[0].item_master_id.clone(), points: one_point }],
    };
    let plain = PoolParts::plain(pool_id, "a pool", OffsetDateTime::UNIX_EPOCH, kind, items);
    PoolParts { exchange: Some(exchange), ..plain }
}

fn stage(gems: u64) -> StageParts {
    let weight = |weight| NonZeroU32::new(weight).expect("not 0");
    StageParts {
        prices: vec![Price::new(DRAW_COUNT.into(), Payment::FreeGem, gems).expect("a price")],
        rarity_weights: vec![(Rarity::Ssr, weight(1)), (Rarity::R, weight(99))],
        guarantee: None,
    }
}

/// How many draws every key asks for.
pub(crate) fn draw_count() -> DrawCount {
    DrawCount::new(DRAW_COUNT.into()).expect("a count")
}
