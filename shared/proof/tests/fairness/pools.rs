//! Pools with every rule, small enough that each rule soon matters.

use std::num::NonZeroU32;

use tenjo_domain::{
    AfterLastStep, BoxReset, DayRule, DrawCount, ExchangeRule, Guarantee, ItemMasterId, Limits,
    Offer, OpeningHours, Payment, PityGroup, PityRule, PointGroup, Points, PoolId, PoolItem,
    PoolKind, PoolParts, Price, Rarity, SoftPity, StageParts,
};
use time::macros::{datetime, offset, time};
use time::{OffsetDateTime, Weekday};

fn count(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn item(name: &str, rarity: Rarity, weight: u32, is_pickup: bool) -> PoolItem {
    PoolItem {
        item_master_id: ItemMasterId::new(name).unwrap(),
        rarity,
        weight: count(weight),
        is_pickup,
    }
}

fn stage(draw_count: u32, weights: [u32; 3], guarantee: Option<(u32, Rarity)>) -> StageParts {
    let rarities = [Rarity::R, Rarity::Sr, Rarity::Ssr];
    let weights = rarities
        .into_iter()
        .zip(weights)
        .filter_map(|(rarity, weight)| NonZeroU32::new(weight).map(|weight| (rarity, weight)));
    StageParts {
        prices: vec![Price::new(draw_count, Payment::FreeGem, 300).unwrap()],
        rarity_weights: weights.collect(),
        guarantee: guarantee.map(|(draw_count, rarity)| Guarantee {
            draw_count: DrawCount::new(draw_count).unwrap(),
            rarity,
        }),
    }
}

fn parts(pool_id: &str, kind: PoolKind) -> PoolParts {
    let pool_id = PoolId::new(pool_id).unwrap();
    let opens_at = datetime!(2026-01-01 0:00 UTC);
    let items = vec![
        item("moon-blade", Rarity::Ssr, 3, true),
        item("sun-blade", Rarity::Ssr, 2, true),
        item("old-blade", Rarity::Ssr, 5, false),
        item("silver-bow", Rarity::Sr, 1, false),
        item("amber-bow", Rarity::Sr, 2, true),
        item("wooden-sword", Rarity::R, 7, false),
        item("paper-charm", Rarity::R, 4, false),
    ];
    let day = DayRule { utc_offset: offset!(+9), begins_at: time!(5:00) };
    PoolParts { day, ..PoolParts::plain(pool_id, "Vector", opens_at, kind, items) }
}

fn pity(soft: Option<SoftPity>, rate_up_guarantee: bool) -> PityRule {
    PityRule {
        group: PityGroup::new("vectors").unwrap(),
        max_count: count(12),
        soft,
        rate_up_guarantee,
    }
}

/// Soft pity, a due pickup, two blocks of a guarantee in each purchase, and points.
pub(crate) fn festival() -> PoolParts {
    let soft = SoftPity { from_count: count(8), weight_step: count(12).into() };
    let kind = PoolKind::Standard(stage(10, [79, 18, 3], Some((4, Rarity::Sr))));
    let exchange = ExchangeRule {
        group: PointGroup::new("vectors").unwrap(),
        points_per_draw: Points::new(3).unwrap(),
        closes_at: None,
        offers: vec![Offer {
            item_master_id: ItemMasterId::new("moon-blade").unwrap(),
            points: Points::new(600).unwrap(),
        }],
    };
    let pity = Some(pity(Some(soft), true));
    PoolParts { pity, exchange: Some(exchange), ..parts("pool-festival", kind) }
}

/// Of the same group, with hard pity and nothing else: it keeps what is due.
pub(crate) fn plain() -> PoolParts {
    let kind = PoolKind::Standard(stage(10, [87, 12, 1], None));
    PoolParts { pity: Some(pity(None, false)), ..parts("pool-plain", kind) }
}

/// Two steps.
pub(crate) fn steps(pool_id: &str, after_last: AfterLastStep) -> PoolParts {
    let steps = vec![stage(3, [85, 12, 3], None), stage(5, [90, 9, 1], Some((5, Rarity::Ssr)))];
    parts(pool_id, PoolKind::StepUp { steps, after_last })
}

/// A later revision with a step less: whoever is at the second begins again.
pub(crate) fn fewer_steps(parts: &PoolParts) -> PoolParts {
    let PoolKind::StepUp { steps, after_last } = &parts.kind else { unreachable!("a step-up") };
    let kind = PoolKind::StepUp { steps: steps[..1].to_vec(), after_last: *after_last };
    PoolParts { kind, ..parts.clone() }
}

/// 24 copies, five of them pickups of an SSR and two of an SR.
pub(crate) fn chest(pool_id: &str, reset: BoxReset) -> PoolParts {
    let prices = vec![Price::new(10, Payment::AnyGem, 900).unwrap()];
    parts(pool_id, PoolKind::Box { prices, reset })
}

/// A later revision with fewer copies of each item.
pub(crate) fn fewer_copies(parts: &PoolParts) -> PoolParts {
    let mut fewer = parts.clone();
    fewer.items.iter_mut().for_each(|item| item.weight = count(2));
    fewer
}

/// A free draw a day, in a time zone of its own, and a limit of a day.
pub(crate) fn daily() -> PoolParts {
    let kind = PoolKind::Standard(stage(1, [85, 12, 3], None));
    let free_daily = DrawCount::new(1).ok();
    let limits = Limits { per_day: Some(count(3)), in_total: Some(count(5)) };
    PoolParts { free_daily, limits, ..parts("pool-daily", kind) }
}

/// For paid gems, on Saturday nights.
pub(crate) fn market() -> PoolParts {
    let mut stage = stage(1, [85, 12, 3], None);
    stage.prices = vec![Price::new(1, Payment::PaidGem, 50).unwrap()];
    let opening_hours = OpeningHours {
        utc_offset: offset!(+9),
        weekdays: vec![Weekday::Saturday],
        from: time!(20:00),
        until: time!(2:00),
    };
    PoolParts {
        opening_hours: Some(opening_hours),
        closes_at: Some(datetime!(2026-08-05 0:00 UTC)),
        ..parts("pool-market", PoolKind::Standard(stage))
    }
}

/// Open from one moment to another.
pub(crate) fn season(opens_at: OffsetDateTime, closes_at: Option<OffsetDateTime>) -> PoolParts {
    let kind = PoolKind::Standard(stage(1, [85, 12, 3], None));
    PoolParts { opens_at, closes_at, ..parts("pool-season", kind) }
}

/// One draw, or ten for less.
pub(crate) fn bundles() -> PoolParts {
    let mut stage = stage(1, [85, 12, 3], None);
    stage.prices.push(Price::new(10, Payment::FreeGem, 2_700).unwrap());
    parts("pool-bundles", PoolKind::Standard(stage))
}
