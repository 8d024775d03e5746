//! What a box holds is what comes out of it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tenjo_domain::{BoxReset, ItemMasterId, Pool, PoolItem, PoolKind, Refusal};

use crate::generate::{boxed, draw_count};
use crate::player::Player;

/// How many copies of each item there are.
type Copies<'pool> = BTreeMap<&'pool ItemMasterId, u32>;

fn full(pool: &Pool) -> Copies<'_> {
    pool.items().iter().map(|item| (&item.item_master_id, item.weight.get())).collect()
}

/// Whether a box that was opened is at its end.
fn is_over(pool: &Pool, left: &Copies<'_>, reset: BoxReset) -> bool {
    let ends_with = |item: &PoolItem| reset != BoxReset::AfterLastPickup || item.is_pickup;
    pool.items().iter().filter(|item| ends_with(item)).all(|item| left[&item.item_master_id] == 0)
}

proptest! {
    #[test]
    fn each_copy_comes_exactly_once_before_the_box_is_filled_again(
        pool in boxed(),
        purchases in prop::collection::vec((prop::sample::select(vec![1, 3]), 0..30i64), 1..120),
        seed: u64,
    ) {
        let PoolKind::Box { reset, .. } = pool.parts().kind else { return Ok(()) };
        let mut player = Player::new(&pool, seed);
        let mut left = full(&pool);
        for (count, hours) in purchases {
            let is_enough = left.values().sum::<u32>() >= count;
            match player.buy((draw_count(count), hours)) {
                Ok((_, items)) => {
                    prop_assert!(is_enough || reset != BoxReset::Never);
                    for item in items {
                        if reset != BoxReset::Never && is_over(&pool, &left, reset) {
                            left = full(&pool);
                        }
                        let copies = left.get_mut(&item.item_master_id);
                        let copies = copies.filter(|copies| **copies > 0);
                        prop_assert!(copies.is_some(), "a copy came twice");
                        copies.into_iter().for_each(|copies| *copies -= 1);
                    }
                }
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::SoldOut);
                    prop_assert!(reset == BoxReset::Never && !is_enough, "refused without need");
                }
            }
        }
    }

    #[test]
    fn a_box_empties_to_the_last_copy(pool in boxed(), seed: u64) {
        let PoolKind::Box { reset: BoxReset::Never, .. } = pool.parts().kind else {
            return Ok(());
        };
        let mut player = Player::new(&pool, seed);
        let mut drawn = Copies::new();
        for _ in 0..=full(&pool).values().sum() {
            let Ok((_, items)) = player.buy((draw_count(1), 1)) else { break };
            *drawn.entry(&items[0].item_master_id).or_default() += 1;
        }
        prop_assert_eq!(drawn, full(&pool));
    }
}
