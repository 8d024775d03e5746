//! Where the player stands in a pool, in few bytes.

use tenjo_documents::StateDocument;

/// `player_pity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Pity {
    count: u8,
    is_pickup_due: bool,
}

/// `player_pools`. The model has no boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bought {
    pub(crate) draw_total: u8,
    day: u8,
    draws_on_day: u8,
    is_free_draw_taken: bool,
    step: u8,
}

/// Both, of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct State {
    pub(crate) pity: Pity,
    pub(crate) bought: Bought,
}

fn small(number: impl TryInto<u8>) -> u8 {
    number.try_into().ok().expect("numbers of the model are small")
}

impl From<&StateDocument> for State {
    fn from(document: &StateDocument) -> Self {
        assert!(document.drawn_copies.is_empty(), "the model has no boxes");
        Self {
            pity: Pity { count: small(document.pity_count), is_pickup_due: document.is_pickup_due },
            bought: Bought {
                draw_total: small(document.draw_total),
                day: small(document.day),
                draws_on_day: small(document.draws_on_day),
                is_free_draw_taken: document.is_free_draw_taken,
                step: small(document.step),
            },
        }
    }
}

impl From<State> for StateDocument {
    fn from(State { pity, bought }: State) -> Self {
        Self {
            pity_count: pity.count.into(),
            is_pickup_due: pity.is_pickup_due,
            draw_total: bought.draw_total.into(),
            day: bought.day.into(),
            draws_on_day: bought.draws_on_day.into(),
            is_free_draw_taken: bought.is_free_draw_taken,
            step: bought.step.into(),
            ..Self::default()
        }
    }
}
