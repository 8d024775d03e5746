use crate::odds::percent::PERCENT_PARTS;
use crate::pool::tests::{boxed, item, parts, step_up};
use crate::{AfterLastStep, BoxReset, Pool, Rarity, Rate};

/// In millionths of a percent, to add up without rounding.
fn millionths(percent: &str) -> u64 {
    percent.replace('.', "").parse().unwrap()
}

#[test]
fn rates_and_percentages_add_up_exactly() {
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
        let percents: u64 = odds.items.iter().map(|item| millionths(&item.percent)).sum();
        assert_eq!(percents, u64::from(PERCENT_PARTS));
        let percents: u64 = odds.rarities.iter().map(|r| millionths(&r.percent)).sum();
        assert_eq!(percents, u64::from(PERCENT_PARTS));
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
