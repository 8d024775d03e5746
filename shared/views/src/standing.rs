//! A player's state in a pool, and what they can buy next.

use serde::Serialize;
use tenjo_domain::{PlayerState, Points, Pool};
use time::OffsetDateTime;

use crate::PriceView;

/// A player's state in a pool, and what they can buy next.
#[derive(Serialize)]
pub struct StandingView {
    /// Counted from 1; null once the last step was bought.
    step: Option<u32>,
    /// What the caller can buy now, at exactly these prices. The free draw is among them.
    prices: Vec<PriceView>,
    is_free_draw_left: bool,
    draw_total: u64,
    draws_today: u32,
    copies_left: Option<u64>,
    points: Option<u64>,
}

impl StandingView {
    /// The standing at `now` of a player in this state, who has these points.
    #[must_use]
    pub fn of(
        pool: &Pool,
        state: &PlayerState,
        points: Option<Points>,
        now: OffsetDateTime,
    ) -> Self {
        let purchases = pool.purchases_at(state, now);
        let offers = pool.offers(state, now);
        Self {
            step: pool.step(purchases).map(|step| step + 1),
            is_free_draw_left: offers.iter().any(|offer| offer.is_free),
            prices: offers.iter().map(PriceView::from).collect(),
            draw_total: purchases.draw_total,
            draws_today: purchases.draws_on_day,
            copies_left: pool.copies_left(state),
            points: points.map(|points| points.amount()),
        }
    }
}
