//! What is simulated.

use tenjo_domain::{DrawCount, Limits, Pool, PoolParts, Rarity};

use crate::exact::Exact;
use crate::spend::Spend;

/// How many players buy what, and with which numbers.
///
/// Each begins fresh and always buys the same. They make `purchases` purchases,
/// in which items are counted, and go on until the first SSR and the first
/// pickup have come, or nothing is left to buy.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pool with neither limits, nor hours, nor free draws: the exact
    /// figures leave these out as well.
    pub(crate) pool: Pool,
    /// How many draws are bought at once; in a step-up, in the first step.
    pub(crate) draw_count: DrawCount,
    /// How many players.
    pub(crate) players: u64,
    /// In how many purchases of each player items are counted. It is the same
    /// for everyone: a player who stops at a pickup has more pickups than their
    /// share.
    pub(crate) purchases: u32,
    /// What the players' numbers come from.
    pub(crate) seed: u64,
    /// The rarity of the pickups that are waited for: the rarest that has any.
    pub(crate) pickup: Option<Rarity>,
    /// Whether the first SSR is waited for, and the first pickup.
    pub(crate) waits: [bool; 2],
}

/// Why there is nothing to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlan {
    /// There are no players.
    NoPlayers,
    /// The pool does not sell that many draws at once.
    NotSold,
}

impl Plan {
    /// A plan, and the exact figures of its pool to compare with. Items are
    /// counted in as many purchases as make `counted_draws` draws, or some more.
    ///
    /// # Errors
    /// Why there is nothing to simulate.
    pub fn new(
        pool: &Pool,
        draw_count: DrawCount,
        players: u64,
        seed: u64,
        counted_draws: u32,
    ) -> Result<(Self, Exact), NoPlan> {
        if players == 0 {
            return Err(NoPlan::NoPlayers);
        }
        let parts = PoolParts {
            closes_at: None,
            opening_hours: None,
            limits: Limits::default(),
            free_daily: None,
            exchange: None,
            ..pool.parts().clone()
        };
        // Less than what was checked before cannot break a rule.
        let pool = Pool::new(parts).map_err(|_| NoPlan::NotSold)?;
        let spend = Spend::new(&pool, draw_count).ok_or(NoPlan::NotSold)?;
        let purchases = spend.purchases_of(counted_draws);
        let exact = Exact::new(&pool, draw_count, purchases).ok_or(NoPlan::NotSold)?;
        let waits = exact.waits.each_ref().map(Option::is_some);
        let pickups = pool.items().iter().filter(|item| item.is_pickup);
        let pickup = pickups.map(|item| item.rarity).max();
        Ok((Self { pool, draw_count, players, purchases, seed, pickup, waits }, exact))
    }

    /// How many players there are.
    #[must_use]
    pub fn players(&self) -> u64 {
        self.players
    }
}
