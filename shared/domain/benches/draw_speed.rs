//! How many draws one core makes in a second: `cargo bench -p tenjo-domain`.
//!
//! What must hold on one core of an ordinary machine stands beside each.

mod pools;

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use tenjo_domain::{DrawCount, PlayerState, Pool};

use pools::Numbers;

/// How many draws make one sample: enough to forget the cost of the clock.
const DRAWS: u32 = 100_000;

fn main() {
    divan::main();
}

/// At least 20 million a second.
#[divan::bench]
fn single_without_pity(bencher: Bencher<'_, '_>) {
    draws(bencher, &pools::plain(), 1);
}

/// At least 8 million a second.
#[divan::bench]
fn single_with_hard_pity(bencher: Bencher<'_, '_>) {
    draws(bencher, &pools::hard_pity(), 1);
}

/// At least 8 million a second.
#[divan::bench]
fn single_with_soft_pity_and_rate_up(bencher: Bencher<'_, '_>) {
    draws(bencher, &pools::soft_pity_and_rate_up(), 1);
}

/// At least 20 million a second, counted one by one.
#[divan::bench]
fn ten_with_guarantee(bencher: Bencher<'_, '_>) {
    draws(bencher, &pools::guaranteed(), 10);
}

/// At least 8 million a second, counted one by one.
#[divan::bench]
fn ten_with_guarantee_soft_pity_and_rate_up(bencher: Bencher<'_, '_>) {
    draws(bencher, &pools::guaranteed_with_soft_pity_and_rate_up(), 10);
}

/// No promise: it looks at every item of the box, twice.
#[divan::bench]
fn single_from_a_box(bencher: Bencher<'_, '_>) {
    draws(bencher, &pools::boxed(), 1);
}

/// Measures one player's purchases of `draw_count` draws, one after another.
fn draws(bencher: Bencher<'_, '_>, pool: &Pool, draw_count: u32) {
    let mut state = PlayerState::default();
    let mut numbers = Numbers(1);
    let count = DrawCount::new(draw_count).expect("the pools sell 1 and 10");
    let quote = pool.quote(&state, count, pool.opens_at()).expect("the pools sell 1 and 10");
    bencher.counter(ItemsCount::new(DRAWS)).bench_local(|| {
        for _ in 0..DRAWS / draw_count {
            pool.draw_each(&mut state, &quote, &mut numbers, |item| {
                black_box(item);
            });
        }
    });
}
