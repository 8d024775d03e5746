//! A million players of every kind of pool get what the exact odds say.
//!
//! Each figure is a mean over independent players of a number whose expectation
//! is known exactly, so its difference from that, in standard errors, is very
//! nearly a standard normal number. Beyond [`BOUND`] such a number lies once in
//! 1.7 million; of all figures together, were they drawn anew, one would raise
//! a false alarm in fewer than one run in [`RUNS_PER_FALSE_ALARM`]. The seeds
//! are fixed, so that a run that has passed passes again.

mod pools;

use std::num::NonZeroU32;
use std::ops::ControlFlow;

use tenjo_domain::{DrawCount, Pool, PoolParts};
use tenjo_simulator::{Exact, Figure, Picture, Plan, Tally, figures, pictures, report, simulate};

/// How many standard errors a figure may be off.
const BOUND: f64 = 5.0;
/// The chance that a normal number lies beyond the bound, on either side.
const CHANCE_BEYOND_BOUND: f64 = 5.733e-7;
const RUNS_PER_FALSE_ALARM: f64 = 5_000.0;

const PLAYERS: u64 = 1_000_000;
/// In how many draws of each player items are counted: more than any pity here.
const COUNTED_DRAWS: u32 = 40;

fn plan(parts: PoolParts, draw_count: u32, seed: u64) -> (Pool, Plan, Exact) {
    let pool = Pool::new(parts).expect("its rules make sense");
    let count = DrawCount::new(draw_count).expect("a draw count");
    let (plan, exact) =
        Plan::new(&pool, count, PLAYERS, seed, COUNTED_DRAWS).expect("the pool sells it");
    (pool, plan, exact)
}

fn play(plan: &Plan) -> Tally {
    simulate(plan, |_| ControlFlow::Continue(())).expect("nobody stops it")
}

/// The figures that are off by more than chance explains.
fn beyond(figures: &[Figure]) -> Vec<String> {
    figures
        .iter()
        .filter(|figure| figure.deviation().is_nan() || figure.deviation().abs() >= BOUND)
        .map(|figure| format!("{}, {}: {:+.1}", figure.of, figure.what, figure.deviation()))
        .collect()
}

#[test]
fn a_million_players_of_every_kind_of_pool_get_what_the_exact_odds_say() {
    let mut count = 0;
    for (seed, (name, parts, draw_count)) in (1..).zip(pools::all()) {
        let (pool, plan, exact) = plan(parts, draw_count, seed);
        let figures = figures(&pool, &play(&plan), &exact);
        assert_eq!(beyond(&figures), [""; 0], "{name}");
        count += u32::try_from(figures.len()).unwrap();
    }
    assert!(count > 200, "{count} figures");
    let false_alarms = f64::from(count) * CHANCE_BEYOND_BOUND;
    assert!(false_alarms * RUNS_PER_FALSE_ALARM < 1.0, "{count} figures");
}

#[test]
fn a_weight_that_is_off_by_two_percent_is_found_out() {
    let parts = || pools::soft_pity_and_rate_up(300);
    let (pool, right, _) = plan(parts(), 1, 100);
    let tally = play(&right);

    let mut pickup = parts();
    let items = pickup.items.iter_mut().filter(|item| item.is_pickup);
    items.for_each(|item| item.weight = NonZeroU32::new(102).unwrap());
    for (name, wrong, is_found) in [
        ("the right weights", parts(), false),
        ("SSR 306 instead of 300 of 10 000", pools::soft_pity_and_rate_up(306), true),
        ("pickup 102 instead of 100 of 200", pickup, true),
    ] {
        let (_, _, exact) = plan(wrong, 1, 100);
        let found = beyond(&figures(&pool, &tally, &exact));
        println!("{name}: {} figures are off: {found:?}", found.len());
        assert_eq!(!found.is_empty(), is_found, "{name}: {found:?}");
    }
}

#[test]
fn a_seed_gives_the_same_players_whoever_plays_them() {
    let parts = pools::soft_pity_and_rate_up(300);
    let pool = Pool::new(parts).unwrap();
    let one = DrawCount::new(1).unwrap();
    let tally = |seed| {
        let (plan, _) = Plan::new(&pool, one, 10_001, seed, COUNTED_DRAWS).unwrap();
        play(&plan)
    };
    assert_eq!(tally(1), tally(1));
    assert_ne!(tally(1), tally(2));
}

#[test]
fn a_simulation_that_is_stopped_has_no_answer() {
    let (_, plan, _) = plan(pools::soft_pity_and_rate_up(300), 1, 1);
    assert_eq!(simulate(&plan, |_| ControlFlow::Break(())), None);
}

#[test]
fn every_pool_has_a_table_and_pictures_that_say_what_they_show() {
    for (name, parts, draw_count) in pools::all() {
        let pool = Pool::new(parts).unwrap();
        let count = DrawCount::new(draw_count).unwrap();
        let (plan, exact) = Plan::new(&pool, count, 1_000, 1, COUNTED_DRAWS).unwrap();
        let tally = play(&plan);
        let table = report(&pool, &tally, &exact);
        for line in ["First SSR", "First pickup", "Share of the first", "  pickup-ssr"] {
            assert!(table.contains(line), "{name}: {table}");
        }
        let pictures = pictures(&plan, &tally, &exact).unwrap();
        let names: Vec<&str> = pictures.iter().map(|picture| picture.name).collect();
        assert_eq!(names, ["first-ssr", "first-pickup", "shares", "spend"], "{name}");
        for Picture { svg, .. } in &pictures {
            assert!(svg.contains("1 000 simulated players, seed 1"), "{name}");
            assert!(!svg.contains("NaN"), "{name}");
        }
    }
}
