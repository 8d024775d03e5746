//! Reads a request into an order.

use serde::Deserialize;
use tenjo_domain::{
    ClientSeed, Cost, DrawCount, DrawNumber, Gems, Invalid, Most, PoolId, PoolRevision,
};
use tenjo_http::{ApiError, Player};
use tenjo_saga::Order;

#[derive(Deserialize)]
pub(crate) struct DrawRequest {
    pool_id: String,
    draw_count: u32,
    expected_cost: Option<ExpectedCost>,
    client_seed: Option<String>,
    expected_revision: Option<String>,
    expected_draw_number: Option<u64>,
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
        let client_seed = self.client_seed.map(ClientSeed::new).transpose();
        let revision = self.expected_revision.as_deref().map(str::parse::<PoolRevision>);
        let number = self.expected_draw_number.map(draw_number).transpose();
        Ok(Order {
            user_id: player.user_id,
            session_id: player.session_id,
            most_per_minute,
            pool_id: PoolId::new(self.pool_id).map_err(ApiError::field("pool_id"))?,
            draw_count: DrawCount::new(self.draw_count).map_err(ApiError::field("draw_count"))?,
            expected_cost: expected_cost.transpose()?,
            client_seed: client_seed.map_err(ApiError::field("client_seed"))?,
            expected_revision: revision
                .transpose()
                .map_err(ApiError::field("expected_revision"))?,
            expected_draw_number: number.map_err(ApiError::field("expected_draw_number"))?,
        })
    }
}

/// A draw number that fits a signed number of 64 bits, as `openapi.yaml` says.
fn draw_number(number: u64) -> Result<DrawNumber, Invalid> {
    i64::try_from(number).map_err(|_| Invalid("must be 1 to 9223372036854775807"))?;
    DrawNumber::new(number)
}
