//! A player's state in a pool, as it is stored with a saga and shown in a proof.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenjo_domain::{Day, DrawCount, PityState, PlayerState, Pool, PoolKind, Purchases};

/// [`PlayerState`] in words that outlive a revision: a box by the names of its
/// items and not by their places.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StateDocument {
    /// How many draws the player has made since the last SSR. 0 without pity.
    pub pity_count: u32,
    /// Whether the next SSR is a pickup.
    pub is_pickup_due: bool,
    /// How many draws were paid for, in total.
    pub draw_total: u64,
    /// The day that the next two are of, counted from 1970-01-01.
    pub day: i32,
    /// How many draws were paid for on that day.
    pub draws_on_day: u32,
    /// Whether that day's free draw was taken.
    pub is_free_draw_taken: bool,
    /// The position of the step of a step-up that is next.
    pub step: u32,
    /// How many copies of an item were drawn from the present box, also of items
    /// that have left it since. Items of which none was are left out.
    pub drawn_copies: BTreeMap<String, u32>,
}

impl StateDocument {
    /// The state of a player in `pool`.
    #[must_use]
    pub fn of(state: &PlayerState, pool: &Pool) -> Self {
        let named = pool.items().iter().map(|item| item.item_master_id.to_string());
        let drawn = named.zip(state.drawn_copies.iter().copied());
        Self {
            pity_count: state.pity.count,
            is_pickup_due: state.pity.is_pickup_due,
            draw_total: state.purchases.draw_total,
            day: state.purchases.day.0,
            draws_on_day: state.purchases.draws_on_day,
            is_free_draw_taken: state.purchases.is_free_draw_taken,
            step: state.purchases.step,
            drawn_copies: drawn.filter(|(_, copies)| *copies > 0).collect(),
        }
    }

    /// This state after a purchase of `draw_count` draws that led to `state`.
    ///
    /// An item that left the pool with an earlier revision may come back. So its
    /// drawn copies are kept until the box is filled again, and no copy is drawn
    /// twice.
    #[must_use]
    pub fn after(&self, state: &PlayerState, pool: &Pool, draw_count: DrawCount) -> Self {
        let mut after = Self::of(state, pool);
        let is_held =
            |name: &str| pool.items().iter().any(|item| item.item_master_id.as_str() == name);
        let held = self.drawn_copies.iter().filter(|(name, _)| is_held(name));
        let drawn_before: u64 = held.map(|(_, copies)| u64::from(*copies)).sum();
        let drawn_after: u64 = after.drawn_copies.values().map(|copies| u64::from(*copies)).sum();
        // Each draw from a box adds one copy, unless the box was filled between.
        let is_box = matches!(pool.parts().kind, PoolKind::Box { .. });
        if !is_box || drawn_after == drawn_before + u64::from(draw_count.get()) {
            let others = self.drawn_copies.iter().filter(|(name, _)| !is_box || !is_held(name));
            after.drawn_copies.extend(others.map(|(name, copies)| (name.clone(), *copies)));
        }
        after
    }

    /// The state as the rules use it: the copies of the pool's own items, in
    /// their order.
    #[must_use]
    pub fn state(&self, pool: &Pool) -> PlayerState {
        let copies = |name: &str| self.drawn_copies.get(name).copied().unwrap_or(0);
        let drawn_copies = match pool.parts().kind {
            PoolKind::Box { .. } => {
                pool.items().iter().map(|item| copies(item.item_master_id.as_str())).collect()
            }
            PoolKind::Standard(_) | PoolKind::StepUp { .. } => Vec::new(),
        };
        PlayerState {
            pity: PityState { count: self.pity_count, is_pickup_due: self.is_pickup_due },
            purchases: Purchases {
                draw_total: self.draw_total,
                day: Day(self.day),
                draws_on_day: self.draws_on_day,
                is_free_draw_taken: self.is_free_draw_taken,
                step: self.step,
            },
            drawn_copies,
        }
    }
}
