use std::num::NonZeroU32;

use crate::pool::tests::{boxed, guarantee, item, parts, step_up};
use crate::{
    AfterLastStep, BoxReset, PityGroup, PityRule, PlayerState, Pool, PoolKind, Rarity, RarityOdds,
    Rate, SoftPity,
};

#[test]
fn rates_add_up_exactly_and_equal_ones_have_equal_percentages() {
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
        for (one, other) in odds.items.iter().zip(odds.items.iter().skip(1)) {
            assert_eq!(one.rate == other.rate, one.percent == other.percent);
            assert_ne!(one.percent, "0.000000");
        }
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
fn a_full_box_has_the_odds_of_its_copies() {
    for reset in [BoxReset::Never, BoxReset::WhenEmpty, BoxReset::AfterLastPickup] {
        let odds = Pool::new(boxed(reset)).unwrap().odds(0).unwrap();
        // r-one 1, r-two 4, sr 1, pickup-ssr 2, other-ssr 1
        let parts = |rate: Rate| (rate.numerator, rate.denominator);
        let items: Vec<_> = odds.items.iter().map(|item| parts(item.rate)).collect();
        assert_eq!(items, [(1, 9), (4, 9), (1, 9), (2, 9), (1, 9)]);
        let rarities: Vec<_> = odds.rarities.iter().map(|rarity| parts(rarity.rate)).collect();
        assert_eq!(rarities, [(5, 9), (1, 9), (3, 9)]);
        assert_eq!(odds.rarities[0].percent, "55.555556");
    }
}

#[test]
fn there_are_odds_for_each_step_and_no_others() {
    let pool = Pool::new(step_up(AfterLastStep::Loop)).unwrap();
    let ssr = |step| Some(pool.odds(step)?.rarities.last()?.percent.clone());
    assert_eq!(ssr(0).as_deref(), Some("3.000000"));
    assert_eq!(ssr(1).as_deref(), Some("6.000000"), "the guarantee is left out");
    assert_eq!(ssr(2), None);
}

#[test]
fn what_a_guarantee_and_pity_do_to_the_odds_is_published() {
    let mut parts = parts();
    let PoolKind::Standard(stage) = &mut parts.kind else { panic!("a standard pool") };
    stage.guarantee = Some(guarantee(10, Rarity::Sr));
    let soft =
        SoftPity { from_count: NonZeroU32::new(8).unwrap(), weight_step: 30.try_into().unwrap() };
    let max_count = NonZeroU32::new(11).unwrap();
    let group = PityGroup::new("test").unwrap();
    parts.pity = Some(PityRule { group, max_count, soft: Some(soft), rate_up_guarantee: true });
    let pool = Pool::new(parts).unwrap();
    let of = |odds: &[RarityOdds], rarity| {
        odds.iter().find(|odds| odds.rarity == rarity).map(|odds| odds.percent.clone())
    };

    let guaranteed = pool.guaranteed_odds(0).unwrap();
    assert_eq!(of(&guaranteed.rarities, Rarity::R).as_deref(), Some("0.000000"));
    assert_eq!(of(&guaranteed.rarities, Rarity::Sr).as_deref(), Some("80.000000"));

    let ssr: Vec<_> = pool
        .pity_odds()
        .iter()
        .map(|(draw, odds)| (*draw, of(odds, Rarity::Ssr).unwrap()))
        .collect();
    let expected = [(8, "33.000000"), (9, "63.000000"), (10, "93.000000"), (11, "100.000000")];
    assert_eq!(ssr, expected.map(|(draw, percent)| (draw, percent.to_owned())));

    let owed = pool.rate_up_odds().unwrap();
    let other = owed.items.iter().find(|item| item.item_master_id.as_str() == "other-ssr");
    assert_eq!(other.unwrap().rate.numerator, 0);

    let plain = Pool::new(crate::pool::tests::parts()).unwrap();
    assert_eq!(plain.guaranteed_odds(0), None);
    assert_eq!(plain.rate_up_odds(), None);
}

#[test]
fn a_box_with_fewer_copies_than_a_purchase_has_no_next_draw() {
    let mut parts = boxed(BoxReset::Never);
    let PoolKind::Box { prices, .. } = &mut parts.kind else { panic!("a box") };
    prices.retain(|price| price.draw_count.get() > 1);
    let smallest = prices.iter().map(|price| price.draw_count.get()).min().unwrap();
    let pool = Pool::new(parts).unwrap();
    // r-one 1, r-two 4, sr 1, pickup-ssr 2, other-ssr 1
    let state = |drawn_copies| PlayerState { drawn_copies, ..PlayerState::default() };
    assert!(pool.next_draw(&state(vec![0, 0, 0, 0, 0])).is_some());
    assert!(smallest > 1);
    assert_eq!(pool.next_draw(&state(vec![1, 4, 1, 2, 0])), None);
}
