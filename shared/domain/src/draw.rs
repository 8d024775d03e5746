//! The draw: pool, player's state and random stream in, items and new state out.

use std::num::NonZeroU64;

use crate::stage::Stage;
use crate::{
    BoxReset, PlayerState, Pool, PoolItem, PoolKind, Quote, RandomStream, Rarity, below, boxed,
};

impl Pool {
    /// Draws what `quote` sells, and updates `state`.
    ///
    /// `docs/fairness.md` has the order of decisions, number by number; a change
    /// of it needs a new version there.
    pub fn draw<'pool>(
        &'pool self,
        state: &mut PlayerState,
        quote: &Quote,
        stream: &mut impl RandomStream,
    ) -> Vec<&'pool PoolItem> {
        let mut items = Vec::with_capacity(quote.draw_count.get() as usize);
        self.draw_each(state, quote, stream, |item| items.push(item));
        items
    }

    /// The same without a list: `each` gets the items one by one.
    pub fn draw_each<'pool>(
        &'pool self,
        state: &mut PlayerState,
        quote: &Quote,
        stream: &mut impl RandomStream,
        mut each: impl FnMut(&'pool PoolItem),
    ) {
        if let PoolKind::Box { reset, .. } = &self.parts().kind {
            state.drawn_copies.resize(self.items().len(), 0);
            for _ in 0..quote.draw_count.get() {
                each(self.draw_from_box(*reset, &mut state.drawn_copies, stream));
            }
        } else {
            let stage = self.stage(quote.step);
            let mut block = Block::default();
            for _ in 0..quote.draw_count.get() {
                let item = self.draw_by_odds(stage, state, block.eligible_tiers(stage), stream);
                block.count(stage, item.rarity);
                each(item);
            }
        }
        state.purchases = self.purchases_after(state.purchases, quote);
    }

    /// One draw by odds: a number chooses the rarity, another the item in it.
    #[inline]
    fn draw_by_odds(
        &self,
        stage: &Stage,
        state: &mut PlayerState,
        eligible_tiers: usize,
        stream: &mut impl RandomStream,
    ) -> &PoolItem {
        let rule = self.pity();
        let mut uppers = stage.upper_bounds(rule, state.pity).take(eligible_tiers);
        let bound = if eligible_tiers == stage.tiers.len() {
            stage.total
        } else {
            stage.upper_bounds(rule, state.pity).take(eligible_tiers).last().unwrap_or(stage.total)
        };
        let number = number_below(stream, bound);
        let position = uppers.position(|upper| number < upper).unwrap_or(0);
        let tier = &stage.tiers[position];

        let bound = tier.total_of(state.pity.owes_pickup(rule, tier.rarity));
        let item = &self.items()[tier.item_at(number_below(stream, bound))];
        if let Some(rule) = rule {
            state.pity = state.pity.after(rule, item.rarity, item.is_pickup);
        }
        item
    }

    /// One draw from a box: a number chooses one of the copies that are left.
    fn draw_from_box(
        &self,
        reset: BoxReset,
        drawn: &mut [u32],
        stream: &mut impl RandomStream,
    ) -> &PoolItem {
        if reset.is_due(self.items(), drawn) {
            drawn.fill(0);
        }
        let number = number_below(stream, boxed::all_left(self.items(), drawn));
        let position = boxed::item_at(self.items(), drawn, number);
        drawn[position] += 1;
        &self.items()[position]
    }
}

/// A bound is never 0: tiers have items with weight, and an empty box is not
/// for sale.
fn number_below(stream: &mut impl RandomStream, bound: u64) -> u64 {
    NonZeroU64::new(bound).map_or(0, |bound| below(stream, bound))
}

/// How many draws of a purchase a guarantee has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Block {
    draws: u32,
    is_fulfilled: bool,
}

impl Block {
    /// From how many tiers, counted from the rarest, the next draw may choose.
    pub(crate) fn eligible_tiers(&self, stage: &Stage) -> usize {
        match stage.parts.guarantee {
            Some(guarantee)
                if !self.is_fulfilled && self.draws + 1 == guarantee.draw_count.get() =>
            {
                stage.guaranteed_tiers
            }
            _ => stage.tiers.len(),
        }
    }

    /// Counts a draw of this rarity.
    pub(crate) fn count(&mut self, stage: &Stage, rarity: Rarity) {
        let Some(guarantee) = stage.parts.guarantee else { return };
        self.draws += 1;
        self.is_fulfilled |= rarity >= guarantee.rarity;
        if self.draws == guarantee.draw_count.get() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::tests::{boxed, guarantee, parts, pity, quote, stage, step_up};
    use crate::{AfterLastStep, PityRule, PityState, PoolParts, Rarity, StageParts};

    /// Counts up from a start in large odd steps: every value comes equally often.
    struct Steps(u64);

    impl RandomStream for Steps {
        fn next_u64(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31) // SplitMix64
        }
    }

    /// Fails the test if the draw reads more or fewer numbers than there are.
    struct Script(std::vec::IntoIter<u64>);

    impl RandomStream for Script {
        fn next_u64(&mut self) -> u64 {
            self.0.next().expect("the draw read more numbers than it should")
        }
    }

    fn drawn(
        pool: &Pool,
        state: &mut PlayerState,
        draw_count: u32,
        numbers: Vec<u64>,
    ) -> Vec<String> {
        let mut script = Script(numbers.into_iter());
        let quote = quote(pool, state, draw_count);
        let items = pool.draw(state, &quote, &mut script);
        assert_eq!(script.0.len(), 0, "the draw read fewer numbers than it should");
        items.iter().map(|item| item.item_master_id.to_string()).collect()
    }

    fn state(count: u32, is_pickup_due: bool) -> PlayerState {
        PlayerState { pity: PityState { count, is_pickup_due }, ..PlayerState::default() }
    }

    fn guaranteed() -> PoolParts {
        let stage = StageParts { guarantee: Some(guarantee(10, Rarity::Sr)), ..stage() };
        PoolParts { kind: PoolKind::Standard(stage), ..parts() }
    }

    #[test]
    fn weights_decide_to_the_last_unit() {
        let pool = Pool::new(parts()).unwrap();
        // From the rarest: SSR 3, SR 12, R 85; SSR pickup 2, other 1; R one 1, two 4.
        for (numbers, item) in [
            ([0, 0], "pickup-ssr"),
            ([0, 1], "pickup-ssr"),
            ([2, 2], "other-ssr"),
            ([3, 0], "sr"),
            ([14, 0], "sr"),
            ([15, 0], "r-one"),
            ([99, 1], "r-two"),
            ([99, 4], "r-two"),
        ] {
            assert_eq!(drawn(&pool, &mut state(0, false), 1, numbers.to_vec()), [item]);
        }
    }

    #[test]
    fn the_last_draw_of_pity_is_an_ssr_whatever_the_number() {
        let pool = Pool::new(parts()).unwrap();
        for (count, number, rarity, left) in [
            (88, 99, Rarity::R, 89),   // the 89th: not yet
            (89, 99, Rarity::Ssr, 0),  // the 90th: certain
            (200, 99, Rarity::Ssr, 0), // a counter from a longer rule
            (5, 2, Rarity::Ssr, 0),    // luck sets it back as well
            (5, 3, Rarity::Sr, 6),     // an SR does not
        ] {
            let mut state = state(count, false);
            let quote = quote(&pool, &state, 1);
            let items = pool.draw(&mut state, &quote, &mut Script(vec![number, 0].into_iter()));
            assert_eq!(items[0].rarity, rarity, "{count}");
            assert_eq!(state.pity.count, left, "{count}");
        }
    }

    #[test]
    fn a_missed_pickup_makes_the_next_ssr_one() {
        let rule = PityRule { rate_up_guarantee: true, ..pity(90) };
        let pool = Pool::new(PoolParts { pity: Some(rule), ..parts() }).unwrap();
        let mut state = state(0, false);
        assert_eq!(drawn(&pool, &mut state, 1, vec![0, 2]), ["other-ssr"]);
        assert!(state.pity.is_pickup_due);
        // Now 2 of 2 parts are the pickup's: the number 2 falls on it as 0 would.
        assert_eq!(drawn(&pool, &mut state, 1, vec![0, 2]), ["pickup-ssr"]);
        assert!(!state.pity.is_pickup_due);
    }

    #[test]
    fn of_ten_draws_without_an_sr_the_last_is_chosen_among_the_better_ones() {
        let pool = Pool::new(guaranteed()).unwrap();
        let unlucky = |tenth: u64| [[99, 0]; 9].concat().into_iter().chain([tenth, 0]).collect();
        for (tenth, item) in [(0, "pickup-ssr"), (3, "sr"), (14, "sr"), (15, "pickup-ssr")] {
            // 15 parts are better than R, so the number 15 falls where 0 does.
            let items = drawn(&pool, &mut state(0, false), 10, unlucky(tenth));
            assert_eq!(items[9], item, "{tenth}");
        }
        // One SR before it, and the tenth is as free as the others.
        let mut numbers: Vec<u64> = unlucky(99);
        numbers[0] = 3;
        assert_eq!(drawn(&pool, &mut state(0, false), 10, numbers)[9], "r-one");
        // Ten single draws promise nothing.
        let mut single = state(0, false);
        for _ in 0..10 {
            assert_eq!(drawn(&pool, &mut single, 1, vec![99, 0]), ["r-one"]);
        }
    }

    #[test]
    fn a_step_up_goes_from_step_to_step_and_then_loops_or_ends() {
        for (after_last, third) in
            [(AfterLastStep::Loop, Ok(0)), (AfterLastStep::End, Err(crate::Refusal::SoldOut))]
        {
            let pool = Pool::new(step_up(after_last)).unwrap();
            let mut state = PlayerState::default();
            let first = quote(&pool, &state, 3);
            pool.draw(&mut state, &first, &mut Steps(1));
            let second = quote(&pool, &state, 10);
            assert_eq!((first.step, second.step), (0, 1));
            let items = pool.draw(&mut state, &second, &mut Steps(2));
            assert!(items.iter().any(|item| item.rarity == Rarity::Ssr), "it is guaranteed");
            let three = first.draw_count;
            let next = pool.quote(&state, three, pool.opens_at()).map(|quote| quote.step);
            assert_eq!(next, third);
        }
    }

    #[test]
    fn a_box_gives_each_copy_once_and_is_then_filled_again_or_sold_out() {
        for reset in [BoxReset::Never, BoxReset::WhenEmpty] {
            let pool = Pool::new(boxed(reset)).unwrap();
            let mut state = PlayerState::default();
            let mut stream = Steps(7);
            for item in pool.items() {
                assert!(item.weight.get() > 0);
            }
            for _ in 0..9 {
                let quote = quote(&pool, &state, 1);
                pool.draw(&mut state, &quote, &mut stream);
            }
            let weights: Vec<u32> = pool.items().iter().map(|item| item.weight.get()).collect();
            assert_eq!(state.drawn_copies, weights, "nine draws are the whole box");
            let one = crate::DrawCount::new(1).unwrap();
            let next = pool.quote(&state, one, pool.opens_at());
            if reset == BoxReset::Never {
                assert_eq!(next, Err(crate::Refusal::SoldOut));
            } else {
                pool.draw(&mut state, &next.unwrap(), &mut stream);
                assert_eq!(state.drawn_copies.iter().sum::<u32>(), 1, "a fresh box, less one");
            }
        }
    }

    #[test]
    fn a_box_that_ends_with_its_pickups_is_filled_in_the_middle_of_a_purchase() {
        let pool = Pool::new(boxed(BoxReset::AfterLastPickup)).unwrap();
        // In order: r-one 1, r-two 4, sr 1, pickup-ssr 2, other-ssr 1. The second
        // and third numbers draw the pickups; the fourth begins a fresh box.
        let items = drawn(&pool, &mut PlayerState::default(), 5, vec![0, 5, 5, 0, 0]);
        assert_eq!(items, ["r-one", "pickup-ssr", "pickup-ssr", "r-one", "r-two"]);
    }

    #[test]
    fn the_same_stream_gives_the_same_draw() {
        let pool = Pool::new(guaranteed()).unwrap();
        let ten = || {
            let mut state = state(7, false);
            let quote = quote(&pool, &state, 10);
            let items: Vec<PoolItem> =
                pool.draw(&mut state, &quote, &mut Steps(42)).into_iter().cloned().collect();
            (items, state)
        };
        assert_eq!(ten(), ten());
    }

    #[test]
    fn ten_at_once_are_ten_one_by_one_where_nothing_counts_purchases() {
        let pool = Pool::new(parts()).unwrap();
        let mut at_once = state(85, false);
        let ten = quote(&pool, &at_once, 10);
        let together = pool.draw(&mut at_once, &ten, &mut Steps(1));

        let (mut stream, mut one_by_one) = (Steps(1), state(85, false));
        let mut items = Vec::new();
        for _ in 0..10 {
            let one = quote(&pool, &one_by_one, 1);
            items.extend(pool.draw(&mut one_by_one, &one, &mut stream));
        }
        assert_eq!((together, at_once), (items, one_by_one));
    }
}
