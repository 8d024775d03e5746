//! What a pool with odds promises: pity, the next pickup, one in so many.

use proptest::prelude::*;
use tenjo_domain::{PoolKind, Rarity};

use crate::generate::{standard, wishes};
use crate::player::Player;

proptest! {
    #[test]
    fn an_ssr_never_takes_longer_than_pity_allows(
        pool in standard(), wishes in wishes(), seed: u64
    ) {
        let Some(rule) = pool.pity() else { return Ok(()) };
        let mut player = Player::new(&pool, seed);
        let mut without = 0;
        for wish in wishes {
            let Ok((_, items)) = player.buy(wish) else { continue };
            for item in items {
                without = if item.rarity == Rarity::Ssr { 0 } else { without + 1 };
                prop_assert!(without < rule.max_count.get());
            }
            prop_assert_eq!(player.state.pity.count, without, "what the state remembers");
        }
    }

    #[test]
    fn an_ssr_after_one_that_missed_the_pickup_is_a_pickup(
        pool in standard(), wishes in wishes(), seed: u64
    ) {
        let has_guarantee = pool.pity().is_some_and(|rule| rule.rate_up_guarantee);
        if !has_guarantee {
            return Ok(());
        }
        let mut player = Player::new(&pool, seed);
        let mut is_due = false;
        for wish in wishes {
            let Ok((_, items)) = player.buy(wish) else { continue };
            for item in items.into_iter().filter(|item| item.rarity == Rarity::Ssr) {
                prop_assert!(item.is_pickup || !is_due);
                is_due = !item.is_pickup;
            }
            prop_assert_eq!(player.state.pity.is_pickup_due, is_due, "what the state remembers");
        }
    }

    #[test]
    fn every_block_of_a_purchase_holds_what_is_guaranteed(
        pool in standard(), wishes in wishes(), seed: u64
    ) {
        let PoolKind::Standard(stage) = &pool.parts().kind else { return Ok(()) };
        let Some(guarantee) = stage.guarantee else { return Ok(()) };
        let mut player = Player::new(&pool, seed);
        for wish in wishes {
            let Ok((_, items)) = player.buy(wish) else { continue };
            for block in items.chunks_exact(guarantee.draw_count.get() as usize) {
                prop_assert!(block.iter().any(|item| item.rarity >= guarantee.rarity));
            }
        }
    }
}
