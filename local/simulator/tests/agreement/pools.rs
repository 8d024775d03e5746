//! A pool of each kind, small enough that a million players soon have what they
//! wait for.

use std::num::NonZeroU32;

use tenjo_domain::{
    AfterLastStep, BoxReset, DrawCount, Guarantee, ItemMasterId, Payment, PityGroup, PityRule,
    PoolId, PoolItem, PoolKind, PoolParts, Price, Rarity, SoftPity, StageParts,
};
use time::macros::datetime;

/// The parts of every pool that is simulated, and how many draws are bought at
/// once.
pub(crate) fn all() -> Vec<(&'static str, PoolParts, u32)> {
    vec![
        ("plain", parts(standard(stage(300)), None), 1),
        ("hard pity", parts(standard(stage(300)), Some(pity(20, None, false))), 1),
        ("soft pity and rate-up", soft_pity_and_rate_up(300), 1),
        ("guarantee", parts(standard(guaranteed()), None), 10),
        (
            "guarantee, soft pity and rate-up",
            parts(standard(guaranteed()), Some(pity(30, Some(20), true))),
            10,
        ),
        ("step-up that loops", step_up(AfterLastStep::Loop), 3),
        ("step-up that ends", step_up(AfterLastStep::End), 3),
        ("box that is never filled again", boxed(BoxReset::Never), 1),
        ("box that is filled when empty", boxed(BoxReset::WhenEmpty), 3),
        ("box that is filled after the last pickup", boxed(BoxReset::AfterLastPickup), 3),
    ]
}

/// The weight of an SSR is of 10 000.
pub(crate) fn soft_pity_and_rate_up(ssr_weight: u32) -> PoolParts {
    parts(standard(stage(ssr_weight)), Some(pity(30, Some(20), true)))
}

fn parts(kind: PoolKind, pity: Option<PityRule>) -> PoolParts {
    let pool_id = PoolId::new("test").expect("a slug");
    let items = vec![
        item("pickup-ssr", Rarity::Ssr, 100),
        item("other-ssr", Rarity::Ssr, 100),
        item("sr-one", Rarity::Sr, 2),
        item("sr-two", Rarity::Sr, 1),
        item("r-one", Rarity::R, 3),
        item("r-two", Rarity::R, 2),
    ];
    let opens_at = datetime!(2026-01-01 0:00 UTC);
    PoolParts { pity, ..PoolParts::plain(pool_id, "Test", opens_at, kind, items) }
}

fn standard(stage: StageParts) -> PoolKind {
    PoolKind::Standard(stage)
}

fn stage(ssr_weight: u32) -> StageParts {
    StageParts {
        prices: vec![price(1, 300), price(10, 2_700)],
        rarity_weights: weights(ssr_weight, 1_200),
        guarantee: None,
    }
}

fn guaranteed() -> StageParts {
    StageParts { guarantee: Some(guarantee(10, Rarity::Sr)), ..stage(300) }
}

fn step_up(after_last: AfterLastStep) -> PoolParts {
    let steps = vec![
        StageParts { prices: vec![price(3, 500)], ..stage(300) },
        StageParts {
            prices: vec![price(5, 900)],
            rarity_weights: weights(500, 2_000),
            guarantee: Some(guarantee(5, Rarity::Sr)),
        },
        StageParts {
            prices: vec![price(10, 0)],
            rarity_weights: weights(600, 1_200),
            guarantee: Some(guarantee(10, Rarity::Ssr)),
        },
    ];
    parts(PoolKind::StepUp { steps, after_last }, None)
}

/// 21 copies, two of them pickups.
fn boxed(reset: BoxReset) -> PoolParts {
    let kind = PoolKind::Box { prices: vec![price(1, 300), price(3, 800)], reset };
    let items = vec![
        item("pickup-ssr", Rarity::Ssr, 2),
        item("other-ssr", Rarity::Ssr, 1),
        item("sr", Rarity::Sr, 5),
        item("r", Rarity::R, 13),
    ];
    PoolParts { items, ..parts(kind, None) }
}

fn pity(max_count: u32, soft_from: Option<u32>, rate_up_guarantee: bool) -> PityRule {
    let soft = soft_from.map(|from_count| SoftPity {
        from_count: positive(from_count),
        weight_step: positive(600).into(),
    });
    let group = PityGroup::new("test").expect("a slug");
    PityRule { group, max_count: positive(max_count), soft, rate_up_guarantee }
}

fn guarantee(count: u32, rarity: Rarity) -> Guarantee {
    Guarantee { draw_count: DrawCount::new(count).expect("a draw count"), rarity }
}

fn weights(ssr: u32, sr: u32) -> Vec<(Rarity, NonZeroU32)> {
    [(Rarity::Ssr, ssr), (Rarity::Sr, sr), (Rarity::R, 10_000 - ssr - sr)]
        .map(|(rarity, weight)| (rarity, positive(weight)))
        .to_vec()
}

fn item(name: &str, rarity: Rarity, weight: u32) -> PoolItem {
    PoolItem {
        item_master_id: ItemMasterId::new(name).expect("a slug"),
        rarity,
        weight: positive(weight),
        is_pickup: name.starts_with("pickup"),
    }
}

fn price(count: u32, gems: u64) -> Price {
    Price::new(count, Payment::FreeGem, gems).expect("a draw count and few gems")
}

fn positive(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not 0")
}
