use serde::{Deserialize, Serialize};
use tenjo_domain::Cost;
use tenjo_store::history::History;
use tenjo_store::saga::Saga;

/// What a draw cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CostView {
    currency_type: String,
    amount: u64,
}

impl From<Cost> for CostView {
    fn from(cost: Cost) -> Self {
        Self { currency_type: cost.currency_type.to_string(), amount: cost.amount.amount() }
    }
}

/// One item that a player received from a draw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DrawnView {
    item_master_id: String,
    rarity: String,
    is_new: bool,
    is_pickup: bool,
}

impl From<History> for DrawnView {
    fn from(history: History) -> Self {
        Self {
            item_master_id: history.item_master_id.to_string(),
            rarity: history.rarity.to_string(),
            is_new: history.is_new,
            is_pickup: history.is_pickup,
        }
    }
}

/// How near an SSR is certain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PityView {
    /// How many draws without an SSR lie behind the player.
    pub count: u32,
    /// The draw on which it is certain.
    pub max_count: u32,
}

impl PityView {
    /// Pity as a saga left it, once it has drawn.
    #[must_use]
    pub fn after(saga: &Saga) -> Option<Self> {
        saga.pity.map(|pity| Self { count: pity.after, max_count: saga.pity_max_count })
    }
}
