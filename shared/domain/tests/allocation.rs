//! A draw takes no memory: it is counted, not believed. Alone in its file, for
//! the count is kept by an allocator that is the whole program's.

#[path = "../benches/pools/mod.rs"]
mod pools;

use std::hint::black_box;

use tenjo_domain::{DrawCount, PlayerState, Pool};

use pools::Numbers;

/// How often memory is allocated while a player makes a number of purchases.
fn allocations(pool: &Pool, state: &mut PlayerState, draw_count: u32, purchases: u32) -> u64 {
    let mut numbers = Numbers(1);
    let count = DrawCount::new(draw_count).expect("a draw count");
    let measured = allocation_counter::measure(|| {
        for _ in 0..purchases {
            let quote = pool.quote(state, count, pool.opens_at()).expect("it is sold");
            pool.draw_each(state, &quote, &mut numbers, |item| {
                black_box(item);
            });
        }
    });
    measured.count_total
}

#[test]
fn a_quote_and_its_draw_take_no_memory() {
    for (name, pool) in [
        ("plain", pools::plain()),
        ("hard pity", pools::hard_pity()),
        ("soft pity and rate-up", pools::soft_pity_and_rate_up()),
        ("guarantee", pools::guaranteed()),
        ("all of these", pools::guaranteed_with_soft_pity_and_rate_up()),
    ] {
        for draw_count in [1, 10] {
            let mut state = PlayerState::default();
            assert_eq!(allocations(&pool, &mut state, draw_count, 1_000), 0, "{name}");
        }
    }
}

#[test]
fn a_box_takes_memory_once_for_a_player_and_never_again() {
    let pool = pools::boxed();
    let mut state = PlayerState::default();
    assert_eq!(allocations(&pool, &mut state, 1, 1), 1, "the copies that are drawn");
    assert_eq!(allocations(&pool, &mut state, 1, 10_000), 0, "25 boxes later");
}

#[test]
fn the_counter_counts() {
    let measured = allocation_counter::measure(|| {
        black_box(vec![1]);
    });
    assert_eq!(measured.count_total, 1);
}
