//! What a player orders.

use tenjo_domain::{Cost, DrawCount, PoolId, UserId};

use crate::Saga;

/// A player's order of a number of draws from a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who draws.
    pub user_id: UserId,
    /// From which pool.
    pub pool_id: PoolId,
    /// How many.
    pub draw_count: DrawCount,
    /// The cost that the player was shown, if the client sends it. Steps advance and
    /// free draws are used up, perhaps on another device: a player whose client
    /// sends it never pays another price.
    pub expected_cost: Option<Cost>,
}

impl Order {
    /// Whether a saga is the one that this order asks for.
    #[must_use]
    pub fn is_of(&self, saga: &Saga) -> bool {
        saga.user_id == self.user_id
            && saga.pool_id == self.pool_id
            && saga.quote.draw_count == self.draw_count
            && self.expected_cost.is_none_or(|cost| cost == saga.quote.cost)
    }
}
