//! What a player is shown of a pool is what happens next.

use proptest::prelude::*;
use tenjo_domain::{BoxReset, DrawCount, Gems, Pool, PoolKind, Rarity, Refusal};
use time::{Duration, OffsetDateTime};

use crate::generate::{any_pool, wishes};
use crate::player::Player;

/// Whether a pool sells, by going through the hours that began today and yesterday:
/// independently of the pool.
fn sells(pool: &Pool, at: OffsetDateTime) -> bool {
    let parts = pool.parts();
    let is_over = parts.closes_at.is_some_and(|closes_at| closes_at <= at);
    if at < parts.opens_at || is_over {
        return false;
    }
    let Some(hours) = &parts.opening_hours else { return true };
    let (today, length) = (at.to_offset(hours.utc_offset).date(), hours.until - hours.from);
    let length = if length > Duration::ZERO { length } else { length + Duration::DAY };
    [Some(today), today.previous_day()].into_iter().flatten().any(|day| {
        let begins_at = day.with_time(hours.from).assume_offset(hours.utc_offset);
        let is_day = hours.weekdays.is_empty() || hours.weekdays.contains(&day.weekday());
        is_day && begins_at <= at && at < begins_at + length
    })
}

proptest! {
    #[test]
    fn a_price_that_is_offered_is_accepted_and_every_other_purchase_refused(
        pool in any_pool(), wishes in wishes(), seed: u64
    ) {
        let mut player = Player::new(&pool, seed);
        for wish in wishes {
            let at = player.later(wish.1);
            let offers = pool.offers(&player.state, at);
            let is_closed = pool.quote(&player.state, wish.0, at) == Err(Refusal::NotOpen);
            prop_assert_eq!(is_closed, !sells(&pool, at));
            prop_assert!(!is_closed || offers.is_empty());
            for offer in &offers {
                prop_assert_eq!(pool.quote(&player.state, offer.draw_count, at), Ok(*offer));
            }
            for count in 1..=100 {
                let count = DrawCount::new(count).unwrap();
                let is_offered = offers.iter().any(|offer| offer.draw_count == count);
                prop_assert_eq!(pool.quote(&player.state, count, at).is_ok(), is_offered);
            }
            // Whoever can buy can see the odds of what they would draw.
            prop_assert!(offers.is_empty() || pool.next_draw(&player.state).is_some());
            let _ = player.buy_at(wish.0, at);
        }
    }

    #[test]
    fn what_is_shown_beside_the_prices_is_what_the_purchase_finds(
        pool in any_pool(), wishes in wishes(), seed: u64
    ) {
        let mut player = Player::new(&pool, seed);
        for wish in wishes {
            let at = player.later(wish.1);
            let purchases = pool.purchases_at(&player.state, at);
            let (step, left) = (pool.step(purchases), pool.copies_left(&player.state));
            let offers = pool.offers(&player.state, at);
            let free: Vec<_> = offers.iter().filter(|offer| offer.is_free).collect();
            prop_assert!(free.len() <= 1 && free.iter().all(|it| it.cost.amount == Gems::ZERO));
            let Ok((quote, items)) = player.buy_at(wish.0, at) else { continue };
            prop_assert_eq!(step, Some(quote.step));
            prop_assert_eq!(free.iter().any(|it| it.draw_count == wish.0), quote.is_free);
            let after = pool.purchases_at(&player.state, at);
            let paid = if quote.is_free { 0 } else { quote.draw_count.get() };
            prop_assert_eq!(after.draw_total, purchases.draw_total + u64::from(paid));
            prop_assert_eq!(after.draws_on_day, purchases.draws_on_day + paid);
            prop_assert_eq!(
                after.is_free_draw_taken, purchases.is_free_draw_taken || quote.is_free
            );
            // A box is filled again before a draw, or not at all.
            let drawn = items.len() as u64;
            if let PoolKind::Box { reset, .. } = pool.parts().kind
                && reset != BoxReset::AfterLastPickup
                && let Some(left) = left.filter(|left| *left >= drawn)
            {
                prop_assert_eq!(pool.copies_left(&player.state), Some(left - drawn));
            }
        }
    }

    #[test]
    fn the_odds_that_are_shown_are_those_of_the_very_next_draw(
        pool in any_pool(), wishes in wishes(), seed: u64
    ) {
        let mut player = Player::new(&pool, seed);
        for wish in wishes {
            let at = player.later(wish.1);
            let odds = pool.next_draw(&player.state);
            let pity = pool.pity().map(|rule| (rule.clone(), player.state.pity));
            let Ok((_, items)) = player.buy_at(wish.0, at) else { continue };
            let (odds, first) = (odds.unwrap(), items.first().unwrap());
            let shown = odds.items.iter().find(|item| item.item_master_id == first.item_master_id);
            let shown = shown.unwrap();
            prop_assert!(shown.rate.numerator > 0, "{first:?} was drawn");
            prop_assert_ne!(&shown.percent, "0.000000");
            let of_rarity = odds.rarities.iter().find(|odds| odds.rarity == first.rarity);
            prop_assert!(of_rarity.unwrap().rate.numerator > 0);
            for item in &odds.items {
                // What is certain came.
                let is_certain = item.rate.numerator == item.rate.denominator;
                prop_assert!(!is_certain || item.item_master_id == first.item_master_id);
                prop_assert_eq!(is_certain, item.percent == "100.000000");
                prop_assert_eq!(item.rate.numerator == 0, item.percent == "0.000000");
            }
            let Some((rule, pity)) = pity else { continue };
            let is_last = pity.count + 1 >= rule.max_count.get();
            prop_assert!(!is_last || first.rarity == Rarity::Ssr);
            let is_owed = rule.rate_up_guarantee && pity.is_pickup_due;
            prop_assert!(!is_owed || first.rarity != Rarity::Ssr || first.is_pickup);
        }
    }

    #[test]
    fn published_odds_of_pity_are_those_that_a_player_with_that_count_sees(
        pool in any_pool(), draw in 1..400u32
    ) {
        let Some(rule) = pool.pity() else {
            prop_assert!(pool.pity_odds().is_empty());
            return Ok(());
        };
        let mut player = Player::new(&pool, 0);
        let draw = draw.min(rule.max_count.get());
        player.state.pity.count = draw - 1;
        let seen = pool.next_draw(&player.state);
        let published = pool.pity_odds().into_iter().find(|(of, _)| *of == draw);
        let plain = pool.odds(0).unwrap().rarities;
        let published = published.map_or(plain, |(_, rarities)| rarities);
        // A guarantee that a block of one draw must fulfil changes them further.
        if pool.guaranteed_odds(0).is_none() {
            prop_assert_eq!(seen.unwrap().rarities, published);
        }
    }
}
