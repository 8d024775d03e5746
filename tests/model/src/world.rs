//! The tables, as far as sagas change them, and the runs that are going.
//!
//! A world is small and can be compared, so that two schedules that lead to the
//! same one are followed once.

use std::fmt;

use tenjo_domain::{SagaStatus, Step};

use crate::{Rule, Setting};

/// How many items a draw gives.
pub(crate) const DRAW_COUNT: u8 = 10;
/// How many points a draw gives.
pub(crate) const POINTS: i8 = 1;
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

/// Which counters a draw moves, and which draws it waits for. Pools of one draw
/// group share their pity, and each keeps what was bought of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pool {
    pub(crate) id: u8,
    pub(crate) draw_group: u8,
}

/// What a draw moves, and Refund puts back: how often a draw group was drawn
/// from, and how often a pool was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Counters {
    pub(crate) pity: u8,
    pub(crate) purchases: u8,
}

/// All that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct World {
    /// `currencies`.
    pub(crate) balance: i8,
    /// `player_points`.
    pub(crate) points: i8,
    /// How many points were exchanged, by the ledger.
    pub(crate) exchanged: i8,
    /// `player_pity`, by draw group.
    pub(crate) pity: [u8; 2],
    /// `player_pools`, by pool.
    pub(crate) purchases: [u8; 2],
    /// `player_seeds.draw_count`.
    pub(crate) numbers: u8,
    /// How many requests are still to come, by key.
    pub(crate) requests_left: [u8; 2],
    /// Requests that were quoted a price and have not started a saga.
    pub(crate) quoted: [Option<Quote>; 2],
    pub(crate) sagas: [Option<Saga>; SAGAS],
    /// A rule that an event broke on its way, which no table shows any more.
    pub(crate) broken: Option<Rule>,
}

/// Which step of the pool is bought, and for how many gems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Quote {
    pub(crate) step: u8,
    pub(crate) cost: i8,
}

impl Quote {
    /// The first step costs a gem, the next one two, and so on.
    pub(crate) const fn of(step: u8) -> Self {
        Self { step, cost: step.cast_signed() + 1 }
    }
}

/// A row of `sagas`, with what other tables have under its id, and its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Saga {
    pub(crate) key: Key,
    pub(crate) pool: Pool,
    pub(crate) quote: Quote,
    pub(crate) status: SagaStatus,
    pub(crate) event_count: u8,
    /// How many gems it took, by the row itself.
    pub(crate) charge: i8,
    pub(crate) draw: Option<Drawn>,
    pub(crate) is_overdue: bool,
    /// Whether `live_sagas` has it.
    pub(crate) is_live: bool,
    /// `currency_ledger`: how many charges and refunds, and their sum.
    pub(crate) charges: u8,
    pub(crate) refunds: u8,
    pub(crate) ledger: i8,
    /// `draw_results`: how many times it was drawn.
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
    pub(crate) before: Counters,
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

/// What a step reads of a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Read {
    pub(crate) status: SagaStatus,
    pub(crate) event_count: u8,
    pub(crate) is_overdue: bool,
}

impl World {
    /// Before anything happens.
    #[must_use]
    pub const fn new(setting: &Setting) -> Self {
        Self {
            balance: setting.gift(),
            points: 0,
            exchanged: 0,
            pity: [0; 2],
            purchases: [0; 2],
            numbers: 0,
            requests_left: setting.requests,
            quoted: [None; 2],
            sagas: [None; SAGAS],
            broken: None,
        }
    }

    /// Where the counters of a pool stand.
    pub(crate) fn counters(&self, pool: Pool) -> Counters {
        Counters {
            pity: self.pity[usize::from(pool.draw_group)],
            purchases: self.purchases[usize::from(pool.id)],
        }
    }

    pub(crate) fn set_counters(&mut self, pool: Pool, counters: Counters) {
        self.pity[usize::from(pool.draw_group)] = counters.pity;
        self.purchases[usize::from(pool.id)] = counters.purchases;
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
    pub(crate) const fn new(key: Key, pool: Pool, quote: Quote) -> Self {
        Self {
            key,
            pool,
            quote,
            status: SagaStatus::Started,
            event_count: 1,
            charge: 0,
            draw: None,
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
        Read { status: self.status, event_count: self.event_count, is_overdue: self.is_overdue }
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
                (call.step, read.map(|it| (it.status as u8, it.event_count, it.is_overdue)))
            })
        });
    }
}
