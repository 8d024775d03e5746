//! A refund sets the state before back: then it is as if nothing was bought.

use proptest::prelude::*;
use tenjo_documents::StateDocument;

use crate::generate::{any_pool, draw_count, wishes};
use crate::player::{Player, Wish};

proptest! {
    /// Of two players with the same numbers, one has a purchase refunded in the
    /// middle. All that comes after is the same for both, to the last item,
    /// price and refusal.
    #[test]
    fn a_refunded_purchase_leaves_no_trace(
        pool in any_pool(),
        before in wishes(),
        refunded in wishes(),
        after in wishes(),
        seed: u64,
    ) {
        let sold = |wish: &Wish, player: &Player<'_>| -> Wish {
            // A step-up sells only what the step says.
            let prices = pool.step(player.state.purchases).map(|step| pool.prices_at(step));
            let only = prices.filter(|prices| prices.len() == 1).map(|prices| prices[0].draw_count);
            (only.unwrap_or(draw_count(wish.0.get())), wish.1)
        };
        let mut player = Player::new(&pool, seed);
        for wish in &before {
            let _ = player.buy(sold(wish, &player));
        }
        let untouched = player.clone();
        for wish in &refunded {
            let _ = player.buy(sold(wish, &player));
        }
        // What a refund does: the state before comes back as it was stored.
        let stored = serde_json::to_string(&StateDocument::of(&untouched.state, &pool)).unwrap();
        let stored: StateDocument = serde_json::from_str(&stored).unwrap();
        player.state = stored.state(&pool);
        player.numbers = untouched.numbers.clone();
        player.now = untouched.now;

        let mut other = untouched;
        for wish in &after {
            prop_assert_eq!(player.buy(sold(wish, &player)), other.buy(sold(wish, &other)));
            let state = |player: &Player<'_>| StateDocument::of(&player.state, &pool);
            prop_assert_eq!(state(&player), state(&other));
        }
    }
}
