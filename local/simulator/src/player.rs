//! One player, from a fresh state to their first pickup.

use tenjo_domain::{DrawCount, PlayerState, PoolKind, Rarity};

use crate::numbers::Numbers;
use crate::plan::Plan;

/// What one player got.
#[derive(Default)]
pub(crate) struct Story {
    /// Which draw was the first SSR, and which the first pickup, from 1; `None`
    /// if the pool ended before.
    pub(crate) arrived: [Option<usize>; 2],
    /// How many copies of each item they drew in the counted purchases.
    pub(crate) copies: Vec<u32>,
}

impl Plan {
    /// Plays as one player. `story` is overwritten, so that its memory is used
    /// again and again.
    pub(crate) fn play(&self, player: u64, story: &mut Story) {
        let pool = &self.pool;
        let mut numbers = Numbers::of_player(self.seed, player);
        let mut state = PlayerState::default();
        let quote_of = |state: &PlayerState| {
            let count = self.count_at(pool.step(state.purchases)?);
            pool.quote(state, count, pool.opens_at()).ok()
        };
        // In a standard pool without limits all quotes are alike.
        let constant = match pool.parts().kind {
            PoolKind::Standard(_) => quote_of(&state),
            PoolKind::StepUp { .. } | PoolKind::Box { .. } => None,
        };

        story.arrived = [None; 2];
        story.copies.clear();
        story.copies.resize(pool.items().len(), 0);
        let (mut draws, mut purchases) = (0, 0);
        loop {
            let is_counted = purchases < self.purchases;
            let has_all = (0..2).all(|wait| !self.waits[wait] || story.arrived[wait].is_some());
            if !is_counted && has_all {
                return;
            }
            let Some(quote) = constant.or_else(|| quote_of(&state)) else { return };
            pool.draw_each(&mut state, &quote, &mut numbers, |item| {
                draws += 1;
                if is_counted && let Some(position) = pool.items().element_offset(item) {
                    story.copies[position] += 1;
                }
                if item.rarity == Rarity::Ssr {
                    story.arrived[0].get_or_insert(draws);
                }
                if item.is_pickup && Some(item.rarity) == self.pickup {
                    story.arrived[1].get_or_insert(draws);
                }
            });
            purchases += 1;
        }
    }

    /// What is bought next: always the same, or what the step sells.
    fn count_at(&self, step: u32) -> DrawCount {
        match self.pool.parts().kind {
            PoolKind::StepUp { .. } => {
                self.pool.prices_at(step).first().map_or(self.draw_count, |price| price.draw_count)
            }
            PoolKind::Standard(_) | PoolKind::Box { .. } => self.draw_count,
        }
    }
}
