//! Exact odds against the draw itself, number by number, and against hand.

mod base;
mod enumerate;
mod forecast;
mod horizon;
mod next_draw;

use num_rational::BigRational;

use crate::pool::tests::{guarantee, item, parts, pity, price, weights};
use crate::{
    AfterLastStep, BoxReset, DrawCount, PityRule, Pool, PoolItem, PoolKind, PoolParts, Price,
    Rarity, SoftPity, StageParts,
};

fn ratio(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

fn count(count: u32) -> DrawCount {
    DrawCount::new(count).unwrap()
}

/// R 5, SR 3, SSR 2 of 10, sold by one, two, three and five: few enough numbers
/// to try them all.
fn small_stage() -> StageParts {
    StageParts {
        prices: [1, 2, 3, 5].map(|count| price(count, u64::from(count) * 300 - 1)).to_vec(),
        rarity_weights: weights([(Rarity::R, 5), (Rarity::Sr, 3), (Rarity::Ssr, 2)]),
        guarantee: None,
    }
}

fn small_items() -> Vec<PoolItem> {
    vec![
        item("pickup-ssr", Rarity::Ssr, 1),
        item("other-ssr", Rarity::Ssr, 1),
        item("pickup-sr", Rarity::Sr, 1),
        item("sr", Rarity::Sr, 1),
        item("r", Rarity::R, 1),
    ]
}

fn standard(
    pity: Option<PityRule>,
    guaranteed: Option<(u32, Rarity)>,
    items: Vec<PoolItem>,
) -> Pool {
    let guarantee = guaranteed.map(|(count, rarity)| guarantee(count, rarity));
    let kind = PoolKind::Standard(StageParts { guarantee, ..small_stage() });
    Pool::new(PoolParts { pity, kind, items, ..parts() }).unwrap()
}

fn rate_up(rule: PityRule) -> PityRule {
    PityRule { rate_up_guarantee: true, ..rule }
}

/// From the second draw on, three parts more each.
fn soft(max_count: u32) -> PityRule {
    let soft = SoftPity { from_count: 2.try_into().unwrap(), weight_step: 3.try_into().unwrap() };
    PityRule { soft: Some(soft), ..pity(max_count) }
}

fn boxed(prices: Vec<Price>, reset: BoxReset, items: Vec<PoolItem>) -> Pool {
    let kind = PoolKind::Box { prices, reset };
    Pool::new(PoolParts { pity: None, kind, items, ..parts() }).unwrap()
}

/// Two draws for 100, one SR at least; then three for nothing, with other odds;
/// then one that is sure to be an SSR.
fn steps(after_last: AfterLastStep) -> Pool {
    let stage = |draw_count, amount, of: [(Rarity, u32); 3], guaranteed| StageParts {
        prices: vec![price(draw_count, amount)],
        rarity_weights: weights(of),
        guarantee: Some(guaranteed),
    };
    let steps = vec![
        stage(
            2,
            100,
            [(Rarity::R, 5), (Rarity::Sr, 3), (Rarity::Ssr, 2)],
            guarantee(2, Rarity::Sr),
        ),
        stage(3, 0, [(Rarity::R, 2), (Rarity::Sr, 4), (Rarity::Ssr, 4)], guarantee(2, Rarity::Sr)),
        stage(
            1,
            250,
            [(Rarity::R, 8), (Rarity::Sr, 1), (Rarity::Ssr, 1)],
            guarantee(1, Rarity::Ssr),
        ),
    ];
    let kind = PoolKind::StepUp { steps, after_last };
    Pool::new(PoolParts { pity: None, kind, items: small_items(), ..parts() }).unwrap()
}

fn small_box(reset: BoxReset) -> Pool {
    let items = vec![
        item("pickup-ssr", Rarity::Ssr, 1),
        item("pickup-sr", Rarity::Sr, 1),
        item("r", Rarity::R, 2),
    ];
    boxed(vec![price(1, 10), price(3, 25)], reset, items)
}

/// A box whose SSR is no pickup, so that it may be filled again before it came.
fn box_of_common_pickups() -> Pool {
    let items =
        vec![item("ssr", Rarity::Ssr, 1), item("pickup-r", Rarity::R, 1), item("r", Rarity::R, 2)];
    boxed(vec![price(1, 10), price(3, 25)], BoxReset::AfterLastPickup, items)
}

/// Small pools of every kind, with names for what fails.
fn small_pools() -> Vec<(&'static str, Pool)> {
    let no_pickup = || {
        let mut items = small_items();
        items.retain(|item| !item.is_pickup || item.rarity != Rarity::Ssr);
        items
    };
    vec![
        ("no pity", standard(None, None, small_items())),
        ("guarantee", standard(None, Some((2, Rarity::Sr)), small_items())),
        ("SSR guarantee", standard(None, Some((2, Rarity::Ssr)), small_items())),
        ("hard", standard(Some(pity(3)), None, small_items())),
        ("hard, guarantee", standard(Some(pity(4)), Some((2, Rarity::Sr)), small_items())),
        ("hard, SSR guarantee", standard(Some(pity(4)), Some((3, Rarity::Ssr)), small_items())),
        ("hard, guarantee of all", standard(Some(pity(3)), Some((2, Rarity::R)), small_items())),
        ("hard, SR pickup", standard(Some(pity(3)), Some((2, Rarity::Sr)), no_pickup())),
        ("soft", standard(Some(soft(5)), None, small_items())),
        ("soft, guarantee", standard(Some(soft(4)), Some((2, Rarity::Sr)), small_items())),
        ("rate-up", standard(Some(rate_up(pity(3))), None, small_items())),
        (
            "rate-up, guarantee",
            standard(Some(rate_up(pity(3))), Some((3, Rarity::Sr)), small_items()),
        ),
        (
            "soft, rate-up, guarantee",
            standard(Some(rate_up(soft(4))), Some((2, Rarity::Sr)), small_items()),
        ),
        (
            "soft, rate-up, each draw guaranteed",
            standard(Some(rate_up(soft(4))), Some((1, Rarity::Sr)), small_items()),
        ),
        ("steps, loop", steps(AfterLastStep::Loop)),
        ("steps, end", steps(AfterLastStep::End)),
        ("box, never", small_box(BoxReset::Never)),
        ("box, when empty", small_box(BoxReset::WhenEmpty)),
        ("box, after last pickup", small_box(BoxReset::AfterLastPickup)),
        ("box, common pickups", box_of_common_pickups()),
    ]
}
