//! The tables, as far as sagas change them, and the runs that are going.
//!
//! A world is small and can be compared, so that two schedules that lead to the
//! same one are followed once.

use std::fmt;

use tenjo_domain::{SagaStatus, Step};

use crate::state::{Bought, Pity, State};
use crate::{Rule, Setting};

/// How many items a draw gives.
pub(crate) const DRAW_COUNT: u8 = 2;
/// How many points a draw gives.
pub(crate) const POINTS: i8 = 2;
/// How many lots of paid gems there are at most: what the player has from the
/// beginning, what they buy, for each what comes back as a lot of its own, and what they
/// are given.
pub(crate) const LOTS: usize = 5;
/// A saga for each key, and one more if ids are not derived from keys.
pub(crate) const SAGAS: usize = 3;

/// The idempotency key of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The first.
    One,
    /// Another of the same player.
    Two,
}

impl Key {
    pub(crate) const ALL: [Self; 2] = [Self::One, Self::Two];
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "one",
            Self::Two => "two",
        })
    }
}

/// All that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct World {
    /// `currencies`, of free gems.
    pub(crate) balance: i8,
    /// All that there is of paid gems.
    pub(crate) purse: Purse,
    /// `player_points`.
    pub(crate) points: i8,
    /// How many points were exchanged, by the ledger.
    pub(crate) exchanged: i8,
    /// `player_pity`, by draw group.
    pub(crate) pity: [Pity; 2],
    /// `player_pools`, by pool.
    pub(crate) bought: [Bought; 2],
    /// `player_seeds.draw_count`.
    pub(crate) numbers: u8,
    /// How many requests are still to come, by key.
    pub(crate) requests_left: [u8; 2],
    /// Requests that have begun their transaction and not gone on, with the
    /// state that the transaction's snapshot has.
    pub(crate) begun: [Option<State>; 2],
    pub(crate) sagas: [Option<Saga>; SAGAS],
    /// A rule that an event broke on its way, which no table shows any more.
    pub(crate) broken: Option<Rule>,
}

/// `currencies` of paid gems, and their lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Purse {
    pub(crate) balance: i8,
    pub(crate) owed: i8,
    /// How often the present was received, or the act of an operator done.
    pub(crate) gifts: u8,
    /// By their numbers.
    pub(crate) lots: [Option<Lot>; LOTS],
}

/// A row of `paid_gem_lots`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Lot {
    pub(crate) granted: i8,
    pub(crate) remaining: i8,
    /// What was written off while the purchase stood.
    pub(crate) expired: i8,
    /// What was left and what was gone when it was last revoked.
    pub(crate) taken: i8,
    pub(crate) owed: i8,
    pub(crate) is_expired: bool,
    /// How often it was revoked.
    pub(crate) revocations: u8,
    /// Whether its store has taken it back, as the row says.
    pub(crate) is_taken_back: bool,
}

/// Which step of the pool is bought, and for how many gems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Quote {
    pub(crate) step: u8,
    pub(crate) cost: i8,
}

/// A row of `sagas`, with what other tables have under its id, and its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Saga {
    /// Whose request it is, and so of which pool.
    pub(crate) key: Key,
    pub(crate) quote: Quote,
    /// Where the player stood when it was quoted.
    pub(crate) before: State,
    pub(crate) status: SagaStatus,
    /// How many statuses its timeline has.
    pub(crate) events: u8,
    /// How many free gems it took, by the row itself.
    pub(crate) charge: i8,
    /// `paid_gem_lot_entries`: what it took from each lot and did not give back.
    pub(crate) parts: [i8; LOTS],
    pub(crate) draw: Option<Drawn>,
    /// Whether it has a reason to fail.
    pub(crate) is_refused: bool,
    pub(crate) is_overdue: bool,
    /// Whether `live_sagas` has it.
    pub(crate) is_live: bool,
    /// `currency_ledger`: how many charges and refunds, and the sum of free gems.
    pub(crate) charges: u8,
    pub(crate) refunds: u8,
    pub(crate) ledger: i8,
    /// How many times it was drawn.
    pub(crate) draws: u8,
    /// `item_grants` and `gacha_histories`: how many rows.
    pub(crate) grants: u8,
    pub(crate) histories: u8,
    /// `point_ledger`: the sum.
    pub(crate) points: i8,
    pub(crate) runs: [Option<Run>; 2],
    /// Calls that nobody waits for any more, and which may still work.
    pub(crate) late: [Option<Call>; 2],
}

/// What Draw recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Drawn {
    pub(crate) number: u8,
    pub(crate) after: State,
    /// Places among the pool's items.
    pub(crate) items: [u8; DRAW_COUNT as usize],
}

/// A run of the state machine, at a step that it is about to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Run {
    pub(crate) at: Step,
    /// How often each retrier of the state was used.
    pub(crate) retries: [u8; 3],
}

/// A call of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) step: Step,
    /// What it has read of the saga already. Only without the row lock can
    /// others go between this and the rest of it.
    pub(crate) read: Option<Read>,
}

/// What a step reads of a saga that others may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Read {
    pub(crate) status: SagaStatus,
    pub(crate) is_overdue: bool,
}

impl World {
    /// Before anything happens.
    #[must_use]
    pub fn new(setting: &Setting) -> Self {
        Self {
            balance: setting.gift(),
            purse: Purse::new(setting.first_lot()),
            points: 0,
            exchanged: 0,
            pity: [Pity::default(); 2],
            bought: [Bought::default(); 2],
            numbers: 0,
            requests_left: setting.requests,
            begun: [None; 2],
            sagas: [None; SAGAS],
            broken: None,
        }
    }

    /// Where the player stands in a key's pool.
    pub(crate) fn state(&self, setting: &Setting, key: Key) -> State {
        State {
            pity: self.pity[setting.group_at(key)],
            bought: self.bought[setting.bought_at(key)],
        }
    }

    /// Moves the player's state in a key's pool.
    pub(crate) fn set_state(&mut self, setting: &Setting, key: Key, state: State) {
        self.pity[setting.group_at(key)] = state.pity;
        self.bought[setting.bought_at(key)] = state.bought;
    }

    /// Where each saga stands.
    pub fn statuses(&self) -> impl Iterator<Item = SagaStatus> {
        self.sagas().map(|(_, saga)| saga.status)
    }

    pub(crate) fn sagas(&self) -> impl Iterator<Item = (usize, &Saga)> {
        self.sagas.iter().enumerate().filter_map(|(id, saga)| saga.as_ref().map(|saga| (id, saga)))
    }

    pub(crate) fn saga(&mut self, id: usize) -> &mut Saga {
        self.sagas[id].as_mut().expect("an event names a saga that there is")
    }
}

impl Saga {
    /// What the ledger has of it, of both kinds of gems.
    pub(crate) fn held(&self) -> i8 {
        self.parts.iter().sum::<i8>() - self.ledger
    }

    pub(crate) const fn new(key: Key, quote: Quote, before: State) -> Self {
        Self {
            key,
            quote,
            before,
            status: SagaStatus::Started,
            events: 1,
            charge: 0,
            parts: [0; LOTS],
            draw: None,
            is_refused: false,
            is_overdue: false,
            is_live: true,
            charges: 0,
            refunds: 0,
            ledger: 0,
            draws: 0,
            grants: 0,
            histories: 0,
            points: 0,
            runs: [None; 2],
            late: [None; 2],
        }
    }

    pub(crate) const fn read(&self) -> Read {
        Read { status: self.status, is_overdue: self.is_overdue }
    }

    pub(crate) fn is_run(&self) -> bool {
        self.runs.iter().any(Option::is_some)
    }

    /// Starts a run, unless there are two already.
    pub(crate) fn start_run(&mut self, at: Step) {
        if let Some(place) = self.runs.iter_mut().find(|run| run.is_none()) {
            *place = Some(Run { at, retries: [0; 3] });
        }
    }

    /// Runs and calls have no order: worlds that differ by it are the same.
    pub(crate) fn sort(&mut self) {
        self.runs.sort_unstable();
        self.late.sort_unstable_by_key(|call| {
            call.map(|call| {
                let read = call.read;
                (call.step, read.map(|it| (it.status as u8, it.is_overdue)))
            })
        });
    }
}
