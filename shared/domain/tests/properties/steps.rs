//! A step-up goes up step by step.

use proptest::prelude::*;
use tenjo_domain::{AfterLastStep, DrawCount, PoolKind, Refusal};

use crate::generate::{draw_count, step_up};
use crate::player::Player;

proptest! {
    #[test]
    fn steps_are_visited_in_order_and_nothing_else_is_sold(
        pool in step_up(), seed: u64, rounds in 1..4usize
    ) {
        let PoolKind::StepUp { steps, after_last } = &pool.parts().kind else { return Ok(()) };
        let mut player = Player::new(&pool, seed);
        for round in 0..rounds {
            for (position, step) in (0..).zip(steps) {
                let price = step.prices[0];
                let count = price.draw_count;
                if round > 0 && *after_last == AfterLastStep::End {
                    prop_assert_eq!(player.buy((count, 1)).err(), Some(Refusal::SoldOut));
                    continue;
                }
                let other = draw_count(count.get() % DrawCount::MAX + 1);
                prop_assert_eq!(player.buy((other, 1)).err(), Some(Refusal::NotSold));

                let bought = player.buy((count, 1));
                prop_assert!(bought.is_ok());
                let Ok((quote, items)) = bought else { return Ok(()) };
                prop_assert_eq!((quote.step, quote.cost), (position, price.cost));
                if let Some(guarantee) = step.guarantee {
                    for block in items.chunks_exact(guarantee.draw_count.get() as usize) {
                        prop_assert!(block.iter().any(|item| item.rarity >= guarantee.rarity));
                    }
                }
            }
        }
    }
}
