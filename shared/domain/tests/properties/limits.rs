//! How much a player may draw.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tenjo_domain::{Pool, Refusal};
use time::OffsetDateTime;

use crate::generate::{standard, wishes};
use crate::player::Player;

/// The day computed from the seconds alone, independently of the pool.
fn day(pool: &Pool, at: OffsetDateTime) -> i64 {
    let rule = pool.parts().day;
    let begins_s = (rule.begins_at - time::Time::MIDNIGHT).whole_seconds();
    let offset_s = i64::from(rule.utc_offset.whole_seconds());
    (at.unix_timestamp() + offset_s - begins_s).div_euclid(86_400)
}

proptest! {
    #[test]
    fn paid_draws_reach_the_limits_and_never_exceed_them(
        pool in standard(), wishes in wishes(), seed: u64
    ) {
        let limits = pool.parts().limits;
        let (per_day, in_total) = (
            limits.per_day.map_or(u32::MAX, |limit| limit.get()),
            limits.in_total.map_or(u32::MAX, |limit| limit.get()),
        );
        let mut player = Player::new(&pool, seed);
        let (mut by_day, mut total) = (BTreeMap::<i64, u32>::new(), 0);
        for (count, hours) in wishes {
            let bought = player.buy((count, hours));
            let on_day = by_day.entry(day(&pool, player.now)).or_default();
            match bought {
                Ok((quote, _)) if quote.is_free => {}
                Ok(_) => {
                    *on_day += count.get();
                    total += count.get();
                    prop_assert!(*on_day <= per_day && total <= in_total);
                }
                Err(Refusal::LimitReached) => {
                    let exceeds = *on_day + count.get() > per_day || total + count.get() > in_total;
                    prop_assert!(exceeds, "refused without need");
                }
                Err(refusal) => prop_assert_eq!(refusal, Refusal::NotSold),
            }
        }
    }

    #[test]
    fn a_free_draw_comes_once_a_day_and_costs_nothing(
        pool in standard(), wishes in wishes(), seed: u64
    ) {
        let mut player = Player::new(&pool, seed);
        let mut last = None;
        for (count, hours) in wishes {
            let Ok((quote, _)) = player.buy((count, hours)) else { continue };
            let today = Some(day(&pool, player.now));
            let is_first_today = pool.parts().free_daily == Some(count) && last < today;
            prop_assert_eq!(quote.is_free, is_first_today);
            prop_assert_eq!(quote.cost.amount.amount() == 0, quote.is_free);
            if quote.is_free {
                last = today;
            }
        }
    }
}
