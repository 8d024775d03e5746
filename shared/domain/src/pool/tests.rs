use time::macros::datetime;

use super::*;
use crate::{
    Guarantee, Offer, Payment, PityGroup, PlayerState, PointGroup, Points, Quote, Rarity, SoftPity,
};

pub(crate) fn item(name: &str, rarity: Rarity, weight: u32) -> PoolItem {
    PoolItem {
        item_master_id: ItemMasterId::new(name).unwrap(),
        rarity,
        weight: weight.try_into().unwrap(),
        is_pickup: name.starts_with("pickup"),
    }
}

/// R 85, SR 12, SSR 3 of 100; a single draw for 300 gems and ten for 3000.
pub(crate) fn stage() -> StageParts {
    StageParts {
        prices: vec![price(10, 3_000), price(1, 300)],
        rarity_weights: weights([(Rarity::Ssr, 3), (Rarity::R, 85), (Rarity::Sr, 12)]),
        guarantee: None,
    }
}

pub(crate) fn weights<const N: usize>(weights: [(Rarity, u32); N]) -> Vec<(Rarity, NonZeroU32)> {
    weights.map(|(rarity, weight)| (rarity, weight.try_into().unwrap())).to_vec()
}

pub(crate) fn price(draw_count: u32, amount: u64) -> Price {
    Price::new(draw_count, Payment::FreeGem, amount).unwrap()
}

pub(crate) fn pity(max_count: u32) -> PityRule {
    PityRule {
        group: PityGroup::new("test").unwrap(),
        max_count: max_count.try_into().unwrap(),
        soft: None,
        rate_up_guarantee: false,
    }
}

/// A standard pool with hard pity at the 90th draw, and nothing else.
pub(crate) fn parts() -> PoolParts {
    let pool_id = PoolId::new("test").unwrap();
    let opens_at = datetime!(2026-01-01 0:00 UTC);
    let items = vec![
        item("pickup-ssr", Rarity::Ssr, 2),
        item("other-ssr", Rarity::Ssr, 1),
        item("sr", Rarity::Sr, 1),
        item("r-one", Rarity::R, 1),
        item("r-two", Rarity::R, 4),
    ];
    let kind = PoolKind::Standard(stage());
    PoolParts { pity: Some(pity(90)), ..PoolParts::plain(pool_id, "Test", opens_at, kind, items) }
}

/// Two steps: three draws for 100 gems, then ten for nothing with an SSR in them.
pub(crate) fn step_up(after_last: AfterLastStep) -> PoolParts {
    let first = StageParts { prices: vec![price(3, 100)], ..stage() };
    let second = StageParts {
        prices: vec![price(10, 0)],
        rarity_weights: weights([(Rarity::Ssr, 6), (Rarity::R, 82), (Rarity::Sr, 12)]),
        guarantee: Some(guarantee(10, Rarity::Ssr)),
    };
    let kind = PoolKind::StepUp { steps: vec![first, second], after_last };
    PoolParts { pity: None, kind, ..parts() }
}

/// A box of nine copies, two of them pickups.
pub(crate) fn boxed(reset: BoxReset) -> PoolParts {
    let kind = PoolKind::Box { prices: vec![price(1, 300), price(5, 1_500)], reset };
    PoolParts { pity: None, kind, ..parts() }
}

pub(crate) fn guarantee(draw_count: u32, rarity: Rarity) -> Guarantee {
    Guarantee { draw_count: DrawCount::new(draw_count).unwrap(), rarity }
}

/// A quote for a number of draws, right after the pool opened.
pub(crate) fn quote(pool: &Pool, state: &PlayerState, draw_count: u32) -> Quote {
    pool.quote(state, DrawCount::new(draw_count).unwrap(), pool.opens_at()).unwrap()
}

#[test]
fn parts_that_make_no_sense_make_no_pool() {
    type Break = fn(&mut PoolParts);
    type Case = (fn() -> PoolParts, Break, PoolError);
    fn of(parts: &mut PoolParts) -> &mut StageParts {
        match &mut parts.kind {
            PoolKind::Standard(stage) => stage,
            PoolKind::StepUp { steps, .. } => &mut steps[1],
            PoolKind::Box { .. } => panic!("a box has no stage"),
        }
    }
    fn loops() -> PoolParts {
        step_up(AfterLastStep::Loop)
    }
    fn fills() -> PoolParts {
        boxed(BoxReset::AfterLastPickup)
    }
    fn exchange() -> ExchangeRule {
        ExchangeRule {
            group: PointGroup::new("test").unwrap(),
            points_per_draw: Points::new(1).unwrap(),
            closes_at: None,
            offers: vec![Offer {
                item_master_id: ItemMasterId::new("pickup-ssr").unwrap(),
                points: Points::new(200).unwrap(),
            }],
        }
    }
    let id = |name: &str| ItemMasterId::new(name).unwrap();
    let cases: Vec<Case> = vec![
        (parts, |p| p.closes_at = Some(p.opens_at), PoolError::ClosesBeforeItOpens),
        (parts, |p| of(p).prices.clear(), PoolError::NoPrice { step: 1 }),
        (
            parts,
            |p| of(p).prices.push(price(10, 1)),
            PoolError::TwoPrices { step: 1, draw_count: 10 },
        ),
        (parts, |p| of(p).prices[0] = price(2, 0), PoolError::PriceOfNothing { draw_count: 2 }),
        (
            parts,
            |p| p.limits.per_day = NonZeroU32::new(9),
            PoolError::PriceAboveLimit { draw_count: 10 },
        ),
        (
            parts,
            |p| {
                p.limits = Limits { per_day: NonZeroU32::new(20), in_total: NonZeroU32::new(19) };
            },
            PoolError::DayAboveTotal,
        ),
        (
            parts,
            |p| of(p).rarity_weights.extend(weights([(Rarity::Ssr, 900)])),
            PoolError::TwoWeights { step: 1, rarity: Rarity::Ssr },
        ),
        (
            parts,
            |p| of(p).rarity_weights[0].1 = 4.try_into().unwrap(),
            PoolError::WeightsDoNotAddUp { step: 1, sum: 101 },
        ),
        (
            parts,
            |p| p.items.retain(|item| item.rarity != Rarity::Sr),
            PoolError::RarityWithoutItems { step: 1, rarity: Rarity::Sr },
        ),
        (
            parts,
            |p| of(p).rarity_weights = weights([(Rarity::Ssr, 3), (Rarity::R, 97)]),
            PoolError::ItemOfUnweightedRarity { item_master_id: id("sr"), rarity: Rarity::Sr },
        ),
        (parts, |p| p.items.push(p.items[0].clone()), PoolError::ItemTwice(id("pickup-ssr"))),
        (
            parts,
            |p| of(p).guarantee = Some(guarantee(11, Rarity::Sr)),
            PoolError::GuaranteeOutOfReach { step: 1, draw_count: 11 },
        ),
        (
            loops,
            |p| of(p).rarity_weights = weights([(Rarity::R, 88), (Rarity::Sr, 12)]),
            PoolError::GuaranteeWithoutItems { step: 2, rarity: Rarity::Ssr },
        ),
        (loops, |p| of(p).prices.push(price(1, 1)), PoolError::StepWithChoice { step: 2 }),
        (loops, |p| p.free_daily = DrawCount::new(1).ok(), PoolError::FreeDailyInStepUp),
        (loops, |p| p.pity = Some(pity(90)), PoolError::PityOutsideStandard("step-up")),
        (fills, |p| p.pity = Some(pity(90)), PoolError::PityOutsideStandard("box")),
        (
            fills,
            |p| p.free_daily = DrawCount::new(10).ok(),
            PoolError::PriceAboveBox { draw_count: 10 },
        ),
        (fills, |p| p.items[2].weight = 9_993.try_into().unwrap(), PoolError::BoxTooLarge(10_000)),
        (
            fills,
            |p| p.items.iter_mut().for_each(|item| item.is_pickup = false),
            PoolError::ResetWithoutPickup,
        ),
        (
            parts,
            |p| {
                p.items.retain(|item| item.rarity != Rarity::Ssr);
                of(p).rarity_weights = weights([(Rarity::R, 88), (Rarity::Sr, 12)]);
            },
            PoolError::PityWithoutSsr,
        ),
        (parts, |p| p.pity = Some(pity(1_001)), PoolError::PityTooLong(1_000)),
        (
            parts,
            |p| {
                let soft = SoftPity {
                    from_count: 90.try_into().unwrap(),
                    weight_step: 1.try_into().unwrap(),
                };
                p.pity = Some(PityRule { soft: Some(soft), ..pity(90) });
            },
            PoolError::SoftPityTooLate,
        ),
        (
            parts,
            |p| {
                p.items.remove(0);
                p.pity = Some(PityRule { rate_up_guarantee: true, ..pity(90) });
            },
            PoolError::RateUpWithoutPickup,
        ),
        (
            parts,
            |p| p.exchange = Some(ExchangeRule { offers: vec![], ..exchange() }),
            PoolError::NoOffers,
        ),
        (
            parts,
            |p| {
                let points_per_draw = Points::ZERO;
                p.exchange = Some(ExchangeRule { points_per_draw, ..exchange() });
            },
            PoolError::NoPointsPerDraw,
        ),
        (
            parts,
            |p| {
                let mut free = exchange();
                free.offers[0].points = Points::ZERO;
                p.exchange = Some(free);
            },
            PoolError::OfferOfNothing(id("pickup-ssr")),
        ),
        (
            parts,
            |p| {
                let mut twice = exchange();
                twice.offers.push(twice.offers[0].clone());
                p.exchange = Some(twice);
            },
            PoolError::OfferTwice(id("pickup-ssr")),
        ),
        (
            parts,
            |p| {
                let closes_at = Some(p.opens_at);
                p.exchange = Some(ExchangeRule { closes_at, ..exchange() });
            },
            PoolError::ExchangeClosesFirst,
        ),
        (
            parts,
            |p| {
                p.items[0].weight = 4_294_967_291.try_into().unwrap();
                p.items[3].weight = 4_294_967_279.try_into().unwrap();
            },
            PoolError::OddsTooFine,
        ),
    ];
    for (whole, break_it, error) in cases {
        let mut parts = whole();
        break_it(&mut parts);
        let errors = Pool::new(parts).expect_err(&format!("should be refused: {error}"));
        assert_eq!(errors, [error]);
    }
}

#[test]
fn every_mistake_is_told_and_not_only_the_first() {
    let mut parts = parts();
    parts.closes_at = Some(parts.opens_at);
    parts.items.clear();
    let errors = Pool::new(parts).unwrap_err();
    assert!(errors.contains(&PoolError::ClosesBeforeItOpens), "{errors:?}");
    assert!(errors.contains(&PoolError::NoItems), "{errors:?}");
    assert!(errors.contains(&PoolError::PityWithoutSsr), "{errors:?}");
}

#[test]
fn a_pool_is_the_same_whatever_order_it_was_written_in() {
    let mut turned = parts();
    turned.items.reverse();
    let PoolKind::Standard(stage) = &mut turned.kind else { panic!("a standard pool") };
    stage.rarity_weights.reverse();
    stage.prices.reverse();
    assert_eq!(Pool::new(turned).unwrap().parts(), Pool::new(parts()).unwrap().parts());
}
