use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{box_of_common_pickups, boxed, count, rate_up, ratio, small_pools};
use crate::pool::tests::{guarantee, item, parts, pity, price, weights};
use crate::{
    AfterLastStep, BoxReset, First, Forecast, Pool, PoolItem, PoolKind, PoolParts, Price, Rarity,
    StageParts, Wait, decimal, percent,
};

/// R and SSR alone, `ssr` of ten parts.
fn plain(ssr: u32, prices: Vec<Price>) -> PoolParts {
    let rarity_weights = weights([(Rarity::R, 10 - ssr), (Rarity::Ssr, ssr)]);
    let kind = PoolKind::Standard(StageParts { prices, rarity_weights, guarantee: None });
    let items = vec![
        item("pickup", Rarity::Ssr, 1),
        item("other", Rarity::Ssr, 1),
        item("r", Rarity::R, 1),
    ];
    PoolParts { pity: None, kind, items, ..parts() }
}

fn forecast(parts: PoolParts, draw_count: u32) -> Forecast {
    Pool::new(parts).unwrap().forecast(count(draw_count)).unwrap()
}

fn rates(forecast: &Forecast) -> Vec<BigRational> {
    forecast.rarities.iter().map(|rarity| rarity.rate.clone()).collect()
}

fn points(wait: &Wait) -> Vec<(u32, u64, u128)> {
    wait.points.iter().map(|point| (point.percent, point.draws, point.price)).collect()
}

#[test]
fn without_pity_a_wait_is_geometric() {
    let forecast = forecast(plain(1, vec![price(1, 300)]), 1);
    let ssr = forecast.first_ssr.unwrap();
    assert_eq!(ssr.expected_draws, Some(ratio(10, 1)));
    assert_eq!(ssr.expected_price, Some(ratio(3_000, 1)));
    // 0.9⁶ > 0.5 ≥ 0.9⁷, 0.9²¹ > 0.1 ≥ 0.9²², 0.9⁴³ > 0.01 ≥ 0.9⁴⁴
    assert_eq!(points(&ssr), [(50, 7, 2_100), (90, 22, 6_600), (99, 44, 13_200)]);
    assert_eq!(forecast.first_pickup.unwrap().expected_draws, Some(ratio(20, 1)));
}

#[test]
fn a_chance_that_is_just_reached_counts() {
    // Half of what is left at each draw; then nine tenths of it.
    for (ssr, expected) in [(5, [1, 4, 7]), (9, [1, 1, 2])] {
        let forecast = forecast(plain(ssr, vec![price(1, 1)]), 1);
        let draws = forecast.first_ssr.unwrap().points.into_iter().map(|point| point.draws);
        assert_eq!(draws.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn hard_pity_shortens_the_wait() {
    // An SSR at the first draw or the second: 3/2 draws on average.
    let parts = PoolParts { pity: Some(pity(2)), ..plain(5, vec![price(1, 300), price(2, 500)]) };
    for (draw_count, price) in [(1, 450), (2, 500)] {
        let forecast = forecast(parts.clone(), draw_count);
        assert_eq!(rates(&forecast), [ratio(1, 3), ratio(2, 3)]);
        let ssr = forecast.first_ssr.unwrap();
        assert_eq!(ssr.expected_draws, Some(ratio(3, 2)));
        assert_eq!(ssr.expected_price, Some(ratio(price, 1)));
        // Half of them are pickups: twice as many draws.
        assert_eq!(forecast.first_pickup.unwrap().expected_draws, Some(ratio(3, 1)));
    }
}

#[test]
fn with_the_rate_up_guarantee_more_pickups_come_than_their_weight_says() {
    let parts = PoolParts { pity: Some(rate_up(pity(2))), ..plain(5, vec![price(1, 300)]) };
    let forecast = forecast(parts, 1);
    assert_eq!(rates(&forecast), [ratio(1, 3), ratio(2, 3)]);
    // Of SSRs, pickup or not: half and half, then surely. 1/(2 − 1/2) = 2/3.
    assert_eq!(forecast.rarities[1].pickup_share, ratio(2, 3));
    let told: Vec<_> = forecast
        .items
        .iter()
        .map(|item| (item.item_master_id.as_str(), forecast.rate_of(item), &item.percent[..]))
        .collect();
    assert_eq!(
        told,
        [
            ("r", ratio(1, 3), "33.333333"),
            ("pickup", ratio(4, 9), "44.444444"),
            ("other", ratio(2, 9), "22.222222"),
        ]
    );
    // One wait for an SSR, and half the time another.
    let pickup = forecast.first_pickup.unwrap();
    assert_eq!(pickup.expected_draws, Some(ratio(9, 4)));
    assert_eq!(points(&pickup), [(50, 2, 600), (90, 4, 1_200), (99, 4, 1_200)]);
}

#[test]
fn the_tenth_draw_of_ten_without_an_sr_is_one() {
    let stage = StageParts {
        prices: vec![price(1, 300), price(10, 3_000)],
        rarity_weights: weights([(Rarity::R, 9), (Rarity::Ssr, 1)]),
        guarantee: Some(guarantee(10, Rarity::Sr)),
    };
    let parts = PoolParts { kind: PoolKind::Standard(stage), ..plain(1, vec![]) };
    let pool = Pool::new(parts).unwrap();
    let nine = ratio(9, 10).pow(9);
    let per_ten = ratio(9, 10) + &nine + (BigRational::one() - &nine) * ratio(1, 10);
    let ten = pool.forecast(count(10)).unwrap();
    assert_eq!(ten.rarities[1].rate, per_ten / ratio(10, 1));
    assert_eq!(pool.forecast(count(1)).unwrap().rarities[1].rate, ratio(1, 10));
    // Σ 0.9ⁿ for the ten draws, after which it has come.
    let ssr = ten.first_ssr.unwrap();
    let sum: BigRational = (0..10).map(|n| ratio(9, 10).pow(n)).sum();
    assert_eq!(ssr.expected_draws, Some(sum));
    assert_eq!(ssr.expected_price, Some(ratio(3_000, 1)));
    assert_eq!(points(&ssr), [(50, 7, 3_000), (90, 10, 3_000), (99, 10, 3_000)]);
}

/// Five copies, two of them pickups.
fn five(reset: BoxReset) -> Pool {
    let items =
        vec![item("pickup", Rarity::Ssr, 2), item("sr", Rarity::Sr, 1), item("r", Rarity::R, 2)];
    boxed(vec![price(1, 100), price(2, 150)], reset, items)
}

#[test]
fn a_box_gives_what_it_holds_and_more_pickups_if_it_ends_with_them() {
    let rates = |reset| rates(&five(reset).forecast(count(1)).unwrap());
    assert_eq!(rates(BoxReset::WhenEmpty), [ratio(2, 5), ratio(1, 5), ratio(2, 5)]);
    assert_eq!(rates(BoxReset::Never), rates(BoxReset::WhenEmpty));
    // It lasts 2 · 6/3 = 4 draws, and each other copy comes two times in three.
    assert_eq!(rates(BoxReset::AfterLastPickup), [ratio(1, 3), ratio(1, 6), ratio(1, 2)]);
}

#[test]
fn what_may_never_come_has_no_expectation_and_only_the_points_that_are_reached() {
    let mut parts = five(BoxReset::Never).parts().clone();
    parts.items.retain(|item| item.rarity != Rarity::Ssr);
    parts.items.extend([item("ssr", Rarity::Ssr, 1), item("pickup-r", Rarity::R, 1)]);
    let pool = Pool::new(parts).unwrap();
    let one = pool.forecast(count(1)).unwrap().first_ssr.unwrap();
    assert_eq!(one.expected_draws, Some(ratio(3, 1))); // the middle of five
    assert_eq!(points(&one), [(50, 3, 300), (90, 5, 500), (99, 5, 500)]);
    // By twos, the last of five copies is never sold.
    let two = pool.forecast(count(2)).unwrap().first_ssr.unwrap();
    assert_eq!((two.expected_draws.as_ref(), two.expected_price.as_ref()), (None, None));
    assert_eq!(points(&two), [(50, 3, 300)]);
    // A step-up that ends, likewise.
    let ends = Pool::new(two_steps(AfterLastStep::End)).unwrap();
    let ssr = ends.forecast(count(1)).unwrap().first_ssr.unwrap();
    assert_eq!(ssr.expected_draws, None);
    assert_eq!(points(&ssr), [(50, 2, 100)]);
}

/// One draw for 100 with one SSR in ten, then one for nothing with one in two.
fn two_steps(after_last: AfterLastStep) -> PoolParts {
    let step = |amount, ssr| StageParts {
        prices: vec![price(1, amount)],
        rarity_weights: weights([(Rarity::R, 10 - ssr), (Rarity::Ssr, ssr)]),
        guarantee: None,
    };
    let kind = PoolKind::StepUp { steps: vec![step(100, 1), step(0, 5)], after_last };
    PoolParts { kind, ..plain(1, vec![]) }
}

#[test]
fn a_loop_of_steps_is_averaged_over_a_turn() {
    for after_last in [AfterLastStep::Loop, AfterLastStep::End] {
        assert_eq!(rates(&forecast(two_steps(after_last), 1)), [ratio(7, 10), ratio(3, 10)]);
    }
    let ssr = forecast(two_steps(AfterLastStep::Loop), 1).first_ssr.unwrap();
    // (1 + 9/10) draws and 100 gems a turn, which fails with 9/10 · 1/2.
    assert_eq!(ssr.expected_draws, Some(ratio(38, 11)));
    assert_eq!(ssr.expected_price, Some(ratio(2_000, 11)));
    // 1, 0.9, 0.45, 0.405, 0.2025, 0.18225, 0.091125, …
    assert_eq!(points(&ssr)[..2], [(50, 2, 100), (90, 6, 300)]);
}

#[test]
fn a_box_that_is_filled_again_before_its_ssr_came_goes_on() {
    // Boxes of two draws and a half on average (1 · 5/2); an SSR comes in every
    // second one, before the only pickup.
    let one = box_of_common_pickups().forecast(count(1)).unwrap();
    assert_eq!(rates(&one)[1], ratio(1, 5));
    // Draws until an SSR or a pickup, 5/3, as often as it takes: twice.
    assert_eq!(one.first_ssr.unwrap().expected_draws, Some(ratio(10, 3)));
}

#[test]
fn a_pool_without_ssr_or_pickup_has_no_such_wait() {
    let mut parts = plain(1, vec![price(1, 1)]);
    parts.items.iter_mut().for_each(|item| item.is_pickup = false);
    assert_eq!(forecast(parts, 1).first_pickup, None);
    let r = vec![item("r", Rarity::R, 1)];
    let pool = boxed(vec![price(1, 1)], BoxReset::WhenEmpty, r);
    assert_eq!(pool.forecast(count(1)).unwrap().first_ssr, None);
    assert_eq!(pool.forecast(count(7)), None, "not on sale");
    assert_eq!(pool.first_chances(count(7), First::Ssr, 1), None);
    assert_eq!(pool.expected_counts(count(7), 1), None);
}

#[test]
fn rates_and_shares_add_up_and_percentages_are_the_rates_rounded() {
    for (name, pool) in small_pools() {
        for draw_count in pool.forecast_counts() {
            let forecast = pool.forecast(draw_count).unwrap();
            let one = BigRational::one();
            assert_eq!(rates(&forecast).iter().sum::<BigRational>(), one, "{name}");
            let items = forecast.items.iter().map(|item| forecast.rate_of(item));
            assert_eq!(items.sum::<BigRational>(), one, "{name}");
            for rarity in &forecast.rarities {
                let alike = || forecast.items.iter().filter(|item| item.rarity == rarity.rarity);
                let all: BigRational = alike().map(|item| &item.share).sum();
                let pickups: BigRational =
                    alike().filter(|item| item.is_pickup).map(|item| &item.share).sum();
                assert_eq!((all, &pickups), (one.clone(), &rarity.pickup_share), "{name}");
            }
            for rarity in &forecast.rarities {
                assert_eq!(rarity.percent, percent(&rarity.rate), "{name}");
            }
            for item in &forecast.items {
                assert_eq!(item.percent, percent(&forecast.rate_of(item)), "{name}");
            }
        }
    }
}

/// What a purchase costs that begins after a number of draws.
fn price_at(pool: &Pool, draw_count: u32, draw: usize) -> u64 {
    if let PoolKind::StepUp { steps, .. } = &pool.parts().kind {
        let mut at =
            draw % steps.iter().map(|step| step.prices[0].draw_count.get() as usize).sum::<usize>();
        for step in steps {
            if at == 0 {
                return step.prices[0].cost.amount.amount();
            }
            match at.checked_sub(step.prices[0].draw_count.get() as usize) {
                Some(rest) => at = rest,
                None => return 0,
            }
        }
        unreachable!("within a turn")
    } else if draw.is_multiple_of(draw_count as usize) {
        let price = pool.prices_at(0).iter().find(|price| price.draw_count.get() == draw_count);
        price.unwrap().cost.amount.amount()
    } else {
        0
    }
}

#[test]
fn waits_are_those_of_the_chances_draw_by_draw() {
    const DRAWS: u32 = 150; // what is left by then is less than the tolerance
    for (name, pool) in small_pools() {
        for draw_count in pool.forecast_counts() {
            let forecast = pool.forecast(draw_count).unwrap();
            for (first, wait) in
                [(First::Ssr, forecast.first_ssr), (First::Pickup, forecast.first_pickup)]
            {
                let name = format!("{name} ×{}, {first:?}", draw_count.get());
                let wait = wait.unwrap();
                let chances = pool.first_chances(draw_count, first, DRAWS).unwrap();
                let reached = |percent: u32| {
                    let chance = ratio(percent.into(), 100);
                    chances.iter().position(|reached| *reached >= chance)
                };
                let price = |draw| price_at(&pool, draw_count.get(), draw);
                let expected: Vec<_> = [50, 90, 99]
                    .into_iter()
                    .filter_map(|percent| Some((percent, reached(percent)?)))
                    .map(|(percent, draws)| {
                        let price = (0..draws).map(|draw| u128::from(price(draw))).sum::<u128>();
                        (percent, draws as u64, price)
                    })
                    .collect();
                assert_eq!(points(&wait), expected, "{name}");

                let last = chances.last().unwrap();
                let Some(draws) = wait.expected_draws else {
                    assert!(*last < ratio(1, 1), "{name}");
                    assert_eq!(wait.expected_price, None);
                    continue;
                };
                let (mut sum_draws, mut sum_price) = (BigRational::zero(), BigRational::zero());
                for (draw, chance) in chances.iter().enumerate() {
                    let survives = BigRational::one() - chance;
                    sum_price += &survives * ratio(price(draw).try_into().unwrap(), 1);
                    sum_draws += survives;
                }
                if last.is_one() {
                    assert_eq!(
                        (sum_draws, sum_price),
                        (draws, wait.expected_price.unwrap()),
                        "{name}"
                    );
                } else {
                    let price = wait.expected_price.unwrap();
                    assert!(sum_draws < draws && sum_price < price, "{name}");
                    assert_eq!(decimal(&sum_draws, 3), decimal(&draws, 3), "{name}");
                    assert_eq!(decimal(&sum_price, 2), decimal(&price, 2), "{name}");
                }
            }
        }
    }
}

#[test]
fn a_ten_draw_with_all_rules_is_told_within_a_blink() {
    // Not timed here; that it comes to an end, and to sensible numbers.
    let stage =
        StageParts { guarantee: Some(guarantee(10, Rarity::Sr)), ..crate::pool::tests::stage() };
    let pity = Some(rate_up(pity(90)));
    let pool = Pool::new(PoolParts { pity, kind: PoolKind::Standard(stage), ..parts() }).unwrap();
    let forecast = pool.forecast(count(10)).unwrap();
    let items: Vec<&PoolItem> = pool.items().iter().collect();
    assert_eq!(items.len(), forecast.items.len());
    let percents: Vec<&str> = forecast.rarities.iter().map(|r| &r.percent[..]).collect();
    assert_eq!(percents, ["82.937412", "13.528913", "3.533675"]);
    assert_eq!(forecast.rarities[2].pickup_share, ratio(3, 4)); // 2 of 3 parts: 1/(2 − 2/3)
}
