//! Pools of every kind, and wishes of players.

use std::num::NonZeroU32;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tenjo_domain::{
    AfterLastStep, BoxReset, DayRule, DrawCount, Guarantee, ItemMasterId, Limits, OpeningHours,
    Payment, PityGroup, PityRule, Pool, PoolId, PoolItem, PoolKind, PoolParts, Price, Rarity,
    SoftPity, StageParts,
};
use time::macros::{datetime, offset, time};
use time::{Duration, Time, Weekday};

use crate::player::Wish;

/// What the standard pools sell at once. Three is what only the free daily draw
/// may give.
const COUNTS: [u32; 3] = [1, 10, 25];
const FREE_COUNTS: [u32; 3] = [1, 3, 10];

/// A hundred and some draws on average, within a few days.
pub(crate) fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let counts = select([&COUNTS[..], &FREE_COUNTS[..]].concat());
    vec((counts.prop_map(draw_count), 0..30i64), 1..60)
}

/// Any pool at all.
pub(crate) fn any_pool() -> impl Strategy<Value = Pool> {
    at_times(prop_oneof![standard(), limited(step_up()), limited(boxed())])
}

/// The same with opening hours, and a day on which they close.
fn at_times(pools: impl Strategy<Value = Pool>) -> impl Strategy<Value = Pool> {
    (pools, option::of(opening_hours()), option::of(1..40i64)).prop_map(
        |(always, opening_hours, days)| {
            let parts = always.parts().clone();
            let closes_at = days.map(|days| parts.opens_at + Duration::days(days));
            pool(PoolParts { opening_hours, closes_at, ..parts })
        },
    )
}

/// Whole hours, also past midnight, on some days of the week or on all.
fn opening_hours() -> impl Strategy<Value = OpeningHours> {
    let week = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let offsets = select(vec![offset!(+0), offset!(+9), offset!(-5)]);
    let hour = || (0..24u8).prop_map(|hour| Time::from_hms(hour, 0, 0).expect("an hour"));
    (offsets, subsequence(week.to_vec(), 0..=7), hour(), hour()).prop_map(
        |(utc_offset, weekdays, from, until)| OpeningHours { utc_offset, weekdays, from, until },
    )
}

/// The same with limits, and days that begin elsewhere.
fn limited(pools: impl Strategy<Value = Pool>) -> impl Strategy<Value = Pool> {
    (pools, limits(), any_day()).prop_map(|(unlimited, limits, day)| {
        pool(PoolParts { limits, day, ..unlimited.parts().clone() })
    })
}

/// Drawn by odds, with any combination of promises and limits.
pub(crate) fn standard() -> impl Strategy<Value = Pool> {
    let promises = (items(), option::of(pity()), option::of(guarantee()));
    let sales = (limits(), option::of(select(&FREE_COUNTS[..])), rarity_weights(), any_day());
    let payments = [Payment::FreeGem, Payment::PaidGem, Payment::AnyGem];
    (promises, sales, select(payments.to_vec())).prop_map(
        |((items, mut pity, guarantee), (limits, free, rarity_weights, day), payment)| {
            let has_pickup = items.iter().any(|item| item.rarity == Rarity::Ssr && item.is_pickup);
            if let Some(pity) = &mut pity {
                pity.rate_up_guarantee &= has_pickup;
            }
            let prices = COUNTS
                .map(|count| Price::new(count, payment, u64::from(count) * 300).expect("a price"))
                .to_vec();
            let kind = PoolKind::Standard(StageParts { prices, rarity_weights, guarantee });
            let free_daily = free.map(draw_count);
            pool(PoolParts { pity, limits, free_daily, day, ..parts(kind, items) })
        },
    )
}

/// One to five steps, some of which cost nothing.
pub(crate) fn step_up() -> impl Strategy<Value = Pool> {
    let step = (1..12u32, 0..3u64, rarity_weights(), option::of(guarantee()));
    let after_last = select(&[AfterLastStep::Loop, AfterLastStep::End][..]);
    (items(), vec(step, 1..=5), after_last).prop_map(|(items, steps, after_last)| {
        let steps = steps
            .into_iter()
            .map(|(count, gems, rarity_weights, guarantee)| StageParts {
                prices: vec![price(count, gems * 100)],
                rarity_weights,
                guarantee: guarantee.filter(|guarantee| guarantee.draw_count.get() <= count),
            })
            .collect();
        pool(parts(PoolKind::StepUp { steps, after_last }, items))
    })
}

/// A dozen or some more copies, with each way to be filled again.
pub(crate) fn boxed() -> impl Strategy<Value = Pool> {
    let resets = [BoxReset::Never, BoxReset::WhenEmpty, BoxReset::AfterLastPickup];
    let copies = items().prop_map(|mut items| {
        for item in &mut items {
            item.weight = positive(item.weight.get() % 5 + 1);
        }
        items[0].is_pickup = true; // without one a box may not reset after it
        items
    });
    (copies, select(resets.to_vec()), option::of(Just(1))).prop_map(|(items, reset, free)| {
        let prices = vec![price(1, 300), price(3, 900)];
        let free_daily = free.map(draw_count);
        pool(PoolParts { free_daily, ..parts(PoolKind::Box { prices, reset }, items) })
    })
}

/// One to four of each rarity.
fn items() -> impl Strategy<Value = Vec<PoolItem>> {
    let of_rarity = || vec((1..=50u32, any::<bool>()), 1..=4);
    [of_rarity(), of_rarity(), of_rarity()].prop_map(|rarities| {
        [Rarity::Ssr, Rarity::Sr, Rarity::R]
            .into_iter()
            .zip(rarities)
            .flat_map(|(rarity, items)| {
                (0..).zip(items).map(move |(number, (weight, is_pickup))| PoolItem {
                    item_master_id: item_id(&format!("{rarity}-{number}").to_lowercase()),
                    rarity,
                    weight: positive(weight),
                    is_pickup,
                })
            })
            .collect()
    })
}

/// Of a thousand. An SSR is often rare enough for pity to decide.
fn rarity_weights() -> impl Strategy<Value = Vec<(Rarity, NonZeroU32)>> {
    (prop_oneof![1..=8u32, 1..=300u32], 1..=600u32).prop_map(|(ssr, sr)| {
        [(Rarity::Ssr, ssr), (Rarity::Sr, sr), (Rarity::R, 1_000 - ssr - sr)]
            .map(|(rarity, weight)| (rarity, positive(weight)))
            .to_vec()
    })
}

fn pity() -> impl Strategy<Value = PityRule> {
    let soft = option::of((0..1_000u32, 1..=200u32));
    (1..=100u32, soft, any::<bool>()).prop_map(|(max_count, soft, rate_up_guarantee)| {
        // It begins before the end, wherever that is; a pity of 1 has no before.
        let soft = soft.filter(|_| max_count > 1).map(|(place, weight_step)| SoftPity {
            from_count: positive(place % (max_count - 1) + 1),
            weight_step: positive(weight_step).into(),
        });
        PityRule {
            group: PityGroup::new("test").expect("a slug"),
            max_count: positive(max_count),
            soft,
            rate_up_guarantee,
        }
    })
}

fn guarantee() -> impl Strategy<Value = Guarantee> {
    (1..=10u32, select(&[Rarity::Sr, Rarity::Ssr][..]))
        .prop_map(|(count, rarity)| Guarantee { draw_count: draw_count(count), rarity })
}

/// At least what is sold at once.
fn limits() -> impl Strategy<Value = Limits> {
    (option::of(25..=60u32), option::of(60..=300u32)).prop_map(|(per_day, in_total)| Limits {
        per_day: per_day.map(positive),
        in_total: in_total.map(positive),
    })
}

fn any_day() -> impl Strategy<Value = DayRule> {
    let tokyo = DayRule { utc_offset: offset!(+9), begins_at: time!(5:00) };
    let new_york = DayRule { utc_offset: offset!(-5), begins_at: time!(0:00) };
    select(vec![DayRule::default(), tokyo, new_york])
}

fn parts(kind: PoolKind, items: Vec<PoolItem>) -> PoolParts {
    let pool_id = PoolId::new("test").expect("a slug");
    PoolParts::plain(pool_id, "Test", datetime!(2026-01-01 0:00 UTC), kind, items)
}

fn pool(parts: PoolParts) -> Pool {
    Pool::new(parts).expect("only pools whose rules make sense are generated")
}

fn item_id(text: &str) -> ItemMasterId {
    ItemMasterId::new(text).expect("a slug")
}

fn price(count: u32, gems: u64) -> Price {
    Price::new(count, Payment::FreeGem, gems).expect("a draw count and few gems")
}

pub(crate) fn draw_count(count: u32) -> DrawCount {
    DrawCount::new(count).expect("1 to 100")
}

fn positive(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not 0")
}
