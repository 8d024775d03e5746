//! What a purchase costs a player at a moment, or why it cannot be made.

use time::OffsetDateTime;

use crate::{
    AfterLastStep, BoxReset, Cost, DrawCount, Gems, Payment, PlayerState, Pool, PoolKind,
    Purchases, boxed,
};

/// A purchase with its price. Nothing is taken yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// How many draws.
    pub draw_count: DrawCount,
    /// What they cost.
    pub cost: Cost,
    /// The position of the step in a step-up; 0 in other pools.
    pub step: u32,
    /// Whether it is the day's free draw.
    pub is_free: bool,
    /// The moment that it is made for: it decides the day.
    pub at: OffsetDateTime,
}

/// Why a purchase cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The pool does not sell at this moment.
    NotOpen,
    /// The pool does not sell so many draws at once.
    NotSold,
    /// The player would draw more than a day, or the pool, allows.
    LimitReached,
    /// The last step was bought, or fewer copies are left in the box.
    SoldOut,
}

impl Pool {
    /// What `draw_count` draws cost a player in this state at this moment.
    ///
    /// The same state and moment give the same quote.
    ///
    /// # Errors
    /// Why they cannot be bought.
    pub fn quote(
        &self,
        state: &PlayerState,
        draw_count: DrawCount,
        at: OffsetDateTime,
    ) -> Result<Quote, Refusal> {
        if !self.is_open(at) {
            return Err(Refusal::NotOpen);
        }
        let purchases = self.purchases_at(state, at);
        let step = self.step(purchases).ok_or(Refusal::SoldOut)?;
        let is_free = self.free_draws_left(purchases) == Some(draw_count);
        let price = self.prices_at(step).iter().find(|price| price.draw_count == draw_count);
        let cost = if is_free { FREE } else { price.ok_or(Refusal::NotSold)?.cost };
        self.check_contents(state, draw_count)?;
        if !is_free {
            self.check_limits(purchases, draw_count)?;
        }
        Ok(Quote { draw_count, cost, step, is_free, at })
    }

    /// What a player in this state can buy at this moment, by rising draw count. For
    /// each draw count here [`Pool::quote`] gives the same quote, and for every other one
    /// it refuses.
    #[must_use]
    pub fn offers(&self, state: &PlayerState, at: OffsetDateTime) -> Vec<Quote> {
        let purchases = self.purchases_at(state, at);
        let Some(step) = self.step(purchases) else { return Vec::new() };
        let priced = self.prices_at(step).iter().map(|price| price.draw_count);
        let mut counts: Vec<DrawCount> = priced.chain(self.free_draws_left(purchases)).collect();
        counts.sort_unstable();
        counts.dedup();
        counts.into_iter().filter_map(|count| self.quote(state, count, at).ok()).collect()
    }

    /// Whether the pool sells at this moment.
    #[must_use]
    pub fn is_open(&self, at: OffsetDateTime) -> bool {
        self.opens_at() <= at
            && self.closes_at().is_none_or(|closes_at| at < closes_at)
            && self.parts().opening_hours.as_ref().is_none_or(|hours| hours.contain(at))
    }

    /// What a player bought, as it counts at this moment.
    #[must_use]
    pub fn purchases_at(&self, state: &PlayerState, at: OffsetDateTime) -> Purchases {
        state.purchases.on(self.parts().day.day_of(at))
    }

    /// How many copies are left in the player's box; `None` if it is no box. A
    /// box that is to be filled again still counts as empty until the next draw.
    #[must_use]
    pub fn copies_left(&self, state: &PlayerState) -> Option<u64> {
        let PoolKind::Box { .. } = &self.parts().kind else { return None };
        Some(boxed::all_left(self.items(), &boxed::drawn(self.items(), state)))
    }

    /// How many draws cost a player nothing once on this day, if they have not
    /// taken them yet.
    #[must_use]
    pub fn free_draws_left(&self, purchases: Purchases) -> Option<DrawCount> {
        self.parts().free_daily.filter(|_| !purchases.is_free_draw_taken)
    }

    /// The position of the step that the player buys next; `None` if the last
    /// one was bought.
    #[must_use]
    pub fn step(&self, purchases: Purchases) -> Option<u32> {
        match &self.parts().kind {
            PoolKind::StepUp { after_last, .. } => match after_last {
                AfterLastStep::Loop => Some(purchases.step % self.stage_count()),
                AfterLastStep::End => {
                    (purchases.step < self.stage_count()).then_some(purchases.step)
                }
            },
            PoolKind::Standard(_) | PoolKind::Box { .. } => Some(0),
        }
    }

    fn check_contents(&self, state: &PlayerState, draw_count: DrawCount) -> Result<(), Refusal> {
        let PoolKind::Box { reset: BoxReset::Never, .. } = &self.parts().kind else {
            return Ok(());
        };
        match self.copies_left(state) {
            Some(left) if left < u64::from(draw_count.get()) => Err(Refusal::SoldOut),
            _ => Ok(()),
        }
    }

    fn check_limits(&self, purchases: Purchases, draw_count: DrawCount) -> Result<(), Refusal> {
        let limits = &self.parts().limits;
        let count = draw_count.get();
        let over_day = limits
            .per_day
            .is_some_and(|limit| purchases.draws_on_day.saturating_add(count) > limit.get());
        let over_total = limits.in_total.is_some_and(|limit| {
            purchases.draw_total.saturating_add(u64::from(count)) > u64::from(limit.get())
        });
        if over_day || over_total { Err(Refusal::LimitReached) } else { Ok(()) }
    }

    /// What a player has bought once a quote is drawn. Free draws count towards
    /// no limit.
    pub(crate) fn purchases_after(&self, before: Purchases, quote: &Quote) -> Purchases {
        let now = before.on(self.parts().day.day_of(quote.at));
        if quote.is_free {
            return Purchases { is_free_draw_taken: true, ..now };
        }
        let count = quote.draw_count.get();
        let step = match &self.parts().kind {
            PoolKind::StepUp { after_last: AfterLastStep::Loop, .. } => {
                (quote.step + 1) % self.stage_count()
            }
            PoolKind::StepUp { .. } => quote.step + 1,
            PoolKind::Standard(_) | PoolKind::Box { .. } => now.step,
        };
        Purchases {
            draw_total: now.draw_total.saturating_add(u64::from(count)),
            draws_on_day: now.draws_on_day.saturating_add(count),
            step,
            ..now
        }
    }
}

/// The price of a free draw.
const FREE: Cost = Cost { currency_type: Payment::FreeGem, amount: Gems::ZERO };

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use time::Duration;
    use time::macros::{offset, time};

    use super::*;
    use crate::pool::tests::{boxed, parts};
    use crate::{DayRule, Limits, OpeningHours, PoolParts};

    fn count(count: u32) -> DrawCount {
        DrawCount::new(count).unwrap()
    }

    /// Buys, as far as the counters go.
    fn buy(pool: &Pool, state: &mut PlayerState, draw_count: u32, at: OffsetDateTime) -> Quote {
        let quote = pool.quote(state, count(draw_count), at).unwrap();
        state.purchases = pool.purchases_after(state.purchases, &quote);
        quote
    }

    #[test]
    fn a_pool_sells_the_draw_counts_that_it_prices_and_no_others() {
        let pool = Pool::new(parts()).unwrap();
        for (draw_count, amount) in [
            (1, Ok(300)),
            (10, Ok(3_000)),
            (3, Err(Refusal::NotSold)),
            (100, Err(Refusal::NotSold)),
        ] {
            let quote = pool.quote(&PlayerState::default(), count(draw_count), pool.opens_at());
            assert_eq!(quote.map(|quote| quote.cost.amount.amount()), amount, "{draw_count}");
        }
    }

    #[test]
    fn a_pool_sells_only_while_it_is_open() {
        let hours = OpeningHours {
            utc_offset: offset!(+0),
            weekdays: vec![],
            from: time!(10:00),
            until: time!(11:00),
        };
        let opens_at = parts().opens_at;
        let closes_at = Some(opens_at + Duration::days(2));
        let pool =
            Pool::new(PoolParts { closes_at, opening_hours: Some(hours), ..parts() }).unwrap();
        for (hours, open) in
            [(0, false), (10, true), (11, false), (34, true), (58, false), (-14, false)]
        {
            assert_eq!(pool.is_open(opens_at + Duration::hours(hours)), open, "{hours} h");
        }
    }

    #[test]
    fn limits_count_draws_by_the_day_and_in_total_and_leave_out_free_ones() {
        let limits = Limits { per_day: NonZeroU32::new(11), in_total: NonZeroU32::new(21) };
        let day = DayRule { utc_offset: offset!(+9), begins_at: time!(5:00) };
        let free_daily = Some(count(1));
        let pool = Pool::new(PoolParts { limits, day, free_daily, ..parts() }).unwrap();
        let mut state = PlayerState::default();
        let first = pool.opens_at() + Duration::days(5); // 09:00 in Tokyo
        assert!(buy(&pool, &mut state, 1, first).is_free);
        assert!(!buy(&pool, &mut state, 1, first).is_free);
        buy(&pool, &mut state, 10, first);
        let refused = |state: &PlayerState, draw_count, at| {
            pool.quote(state, count(draw_count), at).map(|_| ()).unwrap_err()
        };
        assert_eq!(refused(&state, 1, first), Refusal::LimitReached, "11 were bought today");
        assert_eq!(refused(&state, 1, first + Duration::hours(19)), Refusal::LimitReached);

        let second = first + Duration::hours(20); // 05:00 in Tokyo
        assert_eq!(refused(&state, 10, second - Duration::days(1)), Refusal::LimitReached);
        assert!(buy(&pool, &mut state, 1, second).is_free, "a new day, a new free draw");
        assert_eq!(buy(&pool, &mut state, 10, second).cost.amount.amount(), 3_000);
        assert_eq!(refused(&state, 1, second), Refusal::LimitReached, "21 were bought in total");
        let third = second + Duration::days(1);
        assert!(buy(&pool, &mut state, 1, third).is_free, "free ones do not count");
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_second_free_draw() {
        let pool = Pool::new(PoolParts { free_daily: Some(count(1)), ..parts() }).unwrap();
        let mut state = PlayerState::default();
        let today = pool.opens_at() + Duration::days(1);
        assert!(buy(&pool, &mut state, 1, today).is_free);
        assert!(!buy(&pool, &mut state, 1, today - Duration::days(1)).is_free);
        assert!(!buy(&pool, &mut state, 1, today).is_free);
    }

    #[test]
    fn a_box_that_is_not_filled_again_sells_what_is_left() {
        let pool = Pool::new(boxed(BoxReset::Never)).unwrap();
        let sold = |drawn: u32, draw_count| {
            // r-one 1, r-two 4, sr 1, pickup-ssr 2, other-ssr 1
            let drawn_copies = vec![1, 4, 0, drawn, 0];
            let state = PlayerState { drawn_copies, ..PlayerState::default() };
            pool.quote(&state, count(draw_count), pool.opens_at()).map(|_| ())
        };
        assert_eq!(sold(0, 1), Ok(()));
        assert_eq!(sold(0, 5), Err(Refusal::SoldOut), "four are left");
        assert_eq!(sold(2, 1), Ok(()));
    }

    #[test]
    fn the_same_state_and_moment_give_the_same_quote() {
        let pool = Pool::new(parts()).unwrap();
        let state = PlayerState::default();
        let at = pool.opens_at();
        assert_eq!(pool.quote(&state, count(10), at), pool.quote(&state, count(10), at));
    }
}
