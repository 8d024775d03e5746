//! Pools of 100 items, one for each way to draw, and numbers to draw with.

use std::num::NonZeroU32;

use tenjo_domain::{
    BoxReset, DrawCount, Guarantee, ItemMasterId, Payment, PityGroup, PityRule, Pool, PoolId,
    PoolItem, PoolKind, PoolParts, Price, RandomStream, Rarity, SoftPity, StageParts,
};
use time::macros::datetime;

/// SplitMix64, which costs next to nothing, so that the rules are what is
/// measured.
pub(crate) struct Numbers(pub(crate) u64);

impl RandomStream for Numbers {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

pub(crate) fn plain() -> Pool {
    pool(None, by_odds(None))
}

pub(crate) fn hard_pity() -> Pool {
    pool(Some(pity(None)), by_odds(None))
}

pub(crate) fn soft_pity_and_rate_up() -> Pool {
    pool(Some(pity(Some(soft()))), by_odds(None))
}

pub(crate) fn guaranteed() -> Pool {
    pool(None, by_odds(Some(guarantee())))
}

pub(crate) fn guaranteed_with_soft_pity_and_rate_up() -> Pool {
    pool(Some(pity(Some(soft()))), by_odds(Some(guarantee())))
}

pub(crate) fn boxed() -> Pool {
    pool(None, PoolKind::Box { prices: prices(), reset: BoxReset::WhenEmpty })
}

/// 10 SSR, of which 2 are pickups, 30 SR and 60 R.
fn pool(pity: Option<PityRule>, kind: PoolKind) -> Pool {
    let items = (0..100).map(|number: u32| PoolItem {
        item_master_id: ItemMasterId::new(format!("item-{number}")).expect("a slug"),
        rarity: match number {
            0..10 => Rarity::Ssr,
            10..40 => Rarity::Sr,
            _ => Rarity::R,
        },
        weight: positive(number % 7 + 1),
        is_pickup: number < 2,
    });
    let pool_id = PoolId::new("bench").expect("a slug");
    let opens_at = datetime!(2026-01-01 0:00 UTC);
    let parts = PoolParts::plain(pool_id, "Bench", opens_at, kind, items.collect());
    Pool::new(PoolParts { pity, ..parts }).expect("its rules make sense")
}

fn by_odds(guarantee: Option<Guarantee>) -> PoolKind {
    let weights = [(Rarity::Ssr, 60), (Rarity::Sr, 1_200), (Rarity::R, 8_740)];
    PoolKind::Standard(StageParts {
        prices: prices(),
        rarity_weights: weights.map(|(rarity, weight)| (rarity, positive(weight))).to_vec(),
        guarantee,
    })
}

fn prices() -> Vec<Price> {
    [1, 10]
        .into_iter()
        .map(|count: u32| Price::new(count, Payment::FreeGem, u64::from(count) * 300))
        .collect::<Result<_, _>>()
        .expect("1 and 10 are draw counts")
}

fn guarantee() -> Guarantee {
    Guarantee { draw_count: DrawCount::new(10).expect("a draw count"), rarity: Rarity::Sr }
}

fn soft() -> SoftPity {
    SoftPity { from_count: positive(75), weight_step: positive(600).into() }
}

fn pity(soft: Option<SoftPity>) -> PityRule {
    PityRule {
        group: PityGroup::new("bench").expect("a slug"),
        max_count: positive(90),
        soft,
        rate_up_guarantee: soft.is_some(),
    }
}

fn positive(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("no number here is 0")
}
