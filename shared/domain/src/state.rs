//! A player's state in a pool: everything from earlier purchases that the next
//! one depends on.

use crate::{Day, PityState};

/// All of it. A draw turns one state into the next; a refund sets the state
/// before back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlayerState {
    /// Pity, which the pools of a group share. Unused in a pool without pity.
    pub pity: PityState,
    /// What the player bought of the pool.
    pub purchases: Purchases,
    /// How many copies of each item the player drew from the present box, in
    /// the order of the pool's items. Empty in a pool that is no box.
    pub drawn_copies: Vec<u32>,
}

/// What a player bought of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purchases {
    /// How many draws were paid for, in total.
    pub draw_total: u64,
    /// The day that the next two are of.
    pub day: Day,
    /// How many draws were paid for on that day.
    pub draws_on_day: u32,
    /// Whether that day's free draw was taken.
    pub is_free_draw_taken: bool,
    /// How many steps of a step-up were bought; it is the position of the next,
    /// and begins again in one that loops.
    pub step: u32,
}

impl Purchases {
    /// The same seen on `day`: a new day begins without purchases. A day never
    /// goes back, so that two clocks that disagree give nothing twice.
    pub(crate) fn on(self, day: Day) -> Self {
        if day > self.day {
            Self { day, draws_on_day: 0, is_free_draw_taken: false, ..self }
        } else {
            self
        }
    }
}
