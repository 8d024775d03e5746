//! Pools of every kind, with every rule that there is, for property tests.

use std::num::{NonZeroU32, NonZeroU64};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tenjo_domain::{
    AfterLastStep, BoxReset, DayRule, DrawCount, ExchangeRule, Guarantee, ItemMasterId, Limits,
    Offer, OpeningHours, Payment, PityGroup, PityRule, PointGroup, Points, Pool, PoolId, PoolItem,
    PoolKind, PoolParts, Price, Rarity, SoftPity, StageParts,
};
use time::{Duration, OffsetDateTime, Time, UtcOffset, Weekday};

/// Any pool that the domain accepts.
pub(super) fn pool() -> impl Strategy<Value = Pool> {
    let when = (moment(), option::of(1..1_000i64), option::of(hours()), day());
    let rules = (kind(), option::of(pity()), option::of(exchange()), limits(), any::<bool>());
    let names = ("[a-z0-9][a-z0-9-]{0,63}", any::<String>());
    (names, when, rules, items()).prop_map(|(names, when, rules, items)| {
        let (opens_at, days, opening_hours, day) = when;
        let (kind, pity, exchange, limits, is_free_daily) = rules;
        let is_step_up = matches!(kind, PoolKind::StepUp { .. });
        Pool::new(PoolParts {
            pool_id: PoolId::new(names.0).unwrap(),
            name: names.1,
            opens_at,
            closes_at: days.map(|days| opens_at + Duration::days(days)),
            opening_hours,
            day,
            limits,
            free_daily: (is_free_daily && !is_step_up).then(|| DrawCount::new(1).unwrap()),
            pity: pity.filter(|_| matches!(kind, PoolKind::Standard(_))),
            kind,
            exchange,
            items,
        })
        .unwrap()
    })
}

fn moment() -> impl Strategy<Value = OffsetDateTime> {
    (0..2_000_000_000_000_000i64)
        .prop_map(|us| OffsetDateTime::UNIX_EPOCH + Duration::microseconds(us))
}

fn time_of_day() -> impl Strategy<Value = Time> {
    (0..86_400_000_000i64).prop_map(|us| Time::MIDNIGHT + Duration::microseconds(us))
}

fn offset() -> impl Strategy<Value = UtcOffset> {
    (-86_399..86_400i32).prop_map(|seconds| UtcOffset::from_whole_seconds(seconds).unwrap())
}

fn day() -> impl Strategy<Value = DayRule> {
    (offset(), time_of_day()).prop_map(|(utc_offset, begins_at)| DayRule { utc_offset, begins_at })
}

fn hours() -> impl Strategy<Value = OpeningHours> {
    let weekday = (0..7u8).prop_map(|days| Weekday::Monday.nth_next(days));
    (offset(), vec(weekday, 0..4), time_of_day(), time_of_day()).prop_map(
        |(utc_offset, weekdays, from, until)| OpeningHours { utc_offset, weekdays, from, until },
    )
}

/// At least ten, which is the most that a generated price sells.
fn limits() -> impl Strategy<Value = Limits> {
    (option::of(10..100u32), option::of(100..1_000u32)).prop_map(|(per_day, in_total)| Limits {
        per_day: per_day.map(whole),
        in_total: in_total.map(whole),
    })
}

fn pity() -> impl Strategy<Value = PityRule> {
    (2..=1_000u32, option::of((1..1_000u32, any::<u64>())), any::<bool>()).prop_map(
        |(max_count, soft, rate_up_guarantee)| PityRule {
            group: PityGroup::new("group").unwrap(),
            max_count: whole(max_count),
            soft: soft.map(|(from_count, weight_step)| SoftPity {
                from_count: whole(from_count.min(max_count - 1)),
                weight_step: NonZeroU64::new(weight_step).unwrap_or(NonZeroU64::MIN),
            }),
            rate_up_guarantee,
        },
    )
}

fn exchange() -> impl Strategy<Value = ExchangeRule> {
    vec(1..=Points::MAX.amount(), 1..3).prop_map(|points| ExchangeRule {
        group: PointGroup::new("points").unwrap(),
        points_per_draw: Points::new(1).unwrap(),
        closes_at: None,
        offers: (0..)
            .zip(points)
            .map(|(number, points)| Offer {
                item_master_id: item_id(Rarity::Ssr, number),
                points: Points::new(points).unwrap(),
            })
            .collect(),
    })
}

fn kind() -> impl Strategy<Value = PoolKind> {
    let step = stage().prop_map(|mut stage| {
        stage.prices.retain(|price| price.draw_count.get() == 10);
        stage
    });
    let after_last = proptest::sample::select(AfterLastStep::ALL);
    let reset = proptest::sample::select(BoxReset::ALL);
    prop_oneof![
        stage().prop_map(PoolKind::Standard),
        (vec(step, 1..4), after_last)
            .prop_map(|(steps, after_last)| PoolKind::StepUp { steps, after_last }),
        (prices(), reset).prop_map(|(prices, reset)| PoolKind::Box { prices, reset }),
    ]
}

fn stage() -> impl Strategy<Value = StageParts> {
    let rarity = proptest::sample::select(Rarity::ALL);
    let guarantee = (1..=10u32, rarity).prop_map(|(draw_count, rarity)| Guarantee {
        draw_count: DrawCount::new(draw_count).unwrap(),
        rarity,
    });
    (prices(), 1..400u32, 1..500u32, option::of(guarantee)).prop_map(
        |(prices, ssr, sr, guarantee)| StageParts {
            prices,
            rarity_weights: vec![
                (Rarity::Ssr, whole(ssr)),
                (Rarity::Sr, whole(sr)),
                (Rarity::R, whole(1_000 - ssr - sr)),
            ],
            guarantee,
        },
    )
}

fn prices() -> impl Strategy<Value = Vec<Price>> {
    let payment = proptest::sample::select(Payment::ALL);
    (payment, 1..=i64::MAX.unsigned_abs()).prop_map(|(payment, amount)| {
        [10, 1].map(|count| Price::new(count, payment, amount).unwrap()).to_vec()
    })
}

/// Some of each rarity, with a pickup SSR; ten copies at least, for a box.
fn items() -> impl Strategy<Value = Vec<PoolItem>> {
    let of_rarity = || vec((4..50u32, any::<bool>()), 2..4);
    (of_rarity(), of_rarity(), of_rarity()).prop_map(|(r, sr, ssr)| {
        [(Rarity::R, r), (Rarity::Sr, sr), (Rarity::Ssr, ssr)]
            .into_iter()
            .flat_map(|(rarity, items)| {
                (0..).zip(items).map(move |(number, (weight, is_pickup))| PoolItem {
                    item_master_id: item_id(rarity, number),
                    rarity,
                    weight: whole(weight),
                    is_pickup: is_pickup || (rarity, number) == (Rarity::Ssr, 0),
                })
            })
            .collect()
    })
}

fn item_id(rarity: Rarity, number: u32) -> ItemMasterId {
    ItemMasterId::new(format!("{}-{number}", rarity.as_str().to_lowercase())).unwrap()
}

fn whole(number: u32) -> NonZeroU32 {
    number.try_into().unwrap()
}
