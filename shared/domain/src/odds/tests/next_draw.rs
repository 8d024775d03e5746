use num_rational::BigRational;
use num_traits::Zero;

use super::enumerate::ways;
use super::{count, ratio, small_pools};
use crate::odds::walk::{Course, Masses, Place};
use crate::percent;
use crate::{Odds, PityState, PlayerState, Pool, PoolKind, Purchases, Rate};

fn exact(rate: Rate) -> BigRational {
    BigRational::new(rate.numerator.into(), rate.denominator.into())
}

/// The states that a player can reach, by purchases of any size on sale.
fn reachable(pool: &Pool) -> Vec<PlayerState> {
    let mut states = vec![PlayerState::default()];
    let mut next = 0;
    while next < states.len() {
        let state = states[next].clone();
        next += 1;
        for draw_count in [1, 2, 3].map(count) {
            for way in ways(pool, &state, draw_count).unwrap_or_default() {
                // How much was bought decides nothing but the step.
                let purchases = Purchases { step: way.state.purchases.step, ..<_>::default() };
                let state = PlayerState { purchases, ..way.state };
                if !states.contains(&state) {
                    states.push(state);
                }
            }
        }
    }
    states
}

fn assert_adds_up(odds: &Odds) {
    let denominator = odds.items[0].rate.denominator;
    assert!(denominator < 1 << 53);
    for sum in [
        odds.items.iter().map(|item| item.rate.numerator).sum::<u64>(),
        odds.rarities.iter().map(|rarity| rarity.rate.numerator).sum(),
    ] {
        assert_eq!(sum, denominator);
    }
    for item in &odds.items {
        assert_eq!(item.percent, percent(&exact(item.rate)));
    }
    for rarity in &odds.rarities {
        assert_eq!(rarity.percent, percent(&exact(rarity.rate)));
    }
}

#[test]
fn the_next_draw_has_the_odds_that_it_tells_in_every_state() {
    for (name, pool) in small_pools() {
        let mut states = reachable(&pool);
        let mut next = 0;
        if pool.pity().is_some() {
            // Other pools of the group may leave a pickup due, or a longer count.
            let of = |count, is_pickup_due| PityState { count, is_pickup_due };
            for pity in [of(0, true), of(1, true), of(9, false), of(9, true)] {
                states.push(PlayerState { pity, ..PlayerState::default() });
            }
        }
        for state in states {
            let Some(odds) = pool.next_draw(&state) else { continue };
            assert_adds_up(&odds);
            next += 1;
            // A step-up sells its own count; the first draw shows which.
            let sold = pool.prices_at(pool.step(state.purchases).unwrap())[0].draw_count;
            let ways = ways(&pool, &state, sold).unwrap();
            for item in &odds.items {
                let is_it = |id| item.item_master_id == id;
                let drawn: BigRational = ways
                    .iter()
                    .filter(|way| is_it(way.items[0].item_master_id.clone()))
                    .map(|way| &way.chance)
                    .sum();
                assert_eq!(exact(item.rate), drawn, "{name}, {state:?}, {item:?}");
            }
        }
        assert!(next > 0, "{name}");
    }
}

#[test]
fn in_the_middle_of_a_purchase_the_walk_goes_as_the_draw() {
    for (name, pool) in small_pools() {
        if !matches!(pool.parts().kind, PoolKind::Standard(_)) {
            continue;
        }
        for before in reachable(&pool) {
            let three = ways(&pool, &before, count(3)).unwrap();
            // The draw: how likely each rarity and each pity after it.
            // The walk: the same from the same place.
            let course = Course::new(&pool, count(3), None).unwrap();
            let mut masses = Masses::at(Place { pity: before.pity, ..Place::default() });
            for index in 0..3 {
                let mut outcomes = Vec::new();
                masses.draw(&course, index, |outcome, mass| {
                    outcomes.push((outcome.rarity, mass.clone()));
                    true
                });
                for rarity in crate::Rarity::ALL {
                    let walked: num_bigint::BigUint = outcomes
                        .iter()
                        .filter(|(other, _)| other == rarity)
                        .map(|(_, mass)| mass)
                        .sum();
                    let walked = BigRational::new(walked.into(), masses.denominator.clone().into());
                    let drawn: BigRational = three
                        .iter()
                        .filter(|way| way.items[index].rarity == *rarity)
                        .map(|way| &way.chance)
                        .sum();
                    assert_eq!(walked, drawn, "{name}, {before:?}, draw {index}, {rarity}");
                }
            }
            let after = masses.by_pity();
            for (pity, walked) in &after {
                let drawn: BigRational =
                    three.iter().filter(|way| way.state.pity == *pity).map(|way| &way.chance).sum();
                assert_eq!(*walked, drawn, "{name}, {before:?}, {pity:?}");
            }
            let sum = after.values().fold(BigRational::zero(), |sum, mass| sum + mass);
            assert_eq!(sum, ratio(1, 1));
        }
    }
}

#[test]
fn nothing_is_told_where_nothing_is_left() {
    for (name, pool) in small_pools() {
        let bought = Purchases { step: 3, ..Purchases::default() };
        let sold_out = match name {
            "steps, end" => PlayerState { purchases: bought, ..PlayerState::default() },
            "box, never" => PlayerState { drawn_copies: vec![2, 1, 1], ..PlayerState::default() },
            _ => continue,
        };
        assert_eq!(pool.next_draw(&sold_out), None, "{name}");
    }
}
