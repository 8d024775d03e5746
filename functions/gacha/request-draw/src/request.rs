//! Reads a request into an order.

use serde::Deserialize;
use tenjo_domain::{Cost, DrawCount, Gems, Most, PoolId};
use tenjo_http::{ApiError, Player};
use tenjo_saga::Order;

#[derive(Deserialize)]
pub(crate) struct DrawRequest {
    pool_id: String,
    draw_count: u32,
    expected_cost: Option<ExpectedCost>,
}

#[derive(Deserialize)]
struct ExpectedCost {
    currency_type: String,
    amount: u64,
}

impl DrawRequest {
    /// The order of a player.
    pub(crate) fn order(self, player: Player, most_per_minute: Most) -> Result<Order, ApiError> {
        let expected_cost = self.expected_cost.map(|cost| -> Result<Cost, ApiError> {
            let field = ApiError::field("expected_cost.currency_type");
            let currency_type = cost.currency_type.parse().map_err(field)?;
            let field = ApiError::field("expected_cost.amount");
            Ok(Cost { currency_type, amount: Gems::new(cost.amount).map_err(field)? })
        });
        Ok(Order {
            user_id: player.user_id,
            session_id: player.session_id,
            most_per_minute,
            pool_id: PoolId::new(self.pool_id).map_err(ApiError::field("pool_id"))?,
            draw_count: DrawCount::new(self.draw_count).map_err(ApiError::field("draw_count"))?,
            expected_cost: expected_cost.transpose()?,
        })
    }
}
