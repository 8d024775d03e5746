use serde::{Deserialize, Serialize};
use tenjo_domain::{CurrencyType, Gems, PityState, Pool};
use tenjo_saga::Saga;
use tenjo_store::history::History;

/// What a draw cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CostView {
    currency_type: String,
    amount: u64,
    /// What was taken of each kind of gems. Empty before the draw is charged,
    /// and for a free draw. It stays when a failed draw gives the gems back.
    #[serde(default)]
    breakdown: Vec<PartView>,
}

/// What a draw took of one kind of gems.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PartView {
    currency_type: String,
    amount: u64,
}

impl CostView {
    /// The cost of a saga.
    #[must_use]
    pub fn of(saga: &Saga) -> Self {
        let part = |(currency_type, amount): (CurrencyType, Gems)| PartView {
            currency_type: currency_type.to_string(),
            amount: amount.amount(),
        };
        Self {
            currency_type: saga.quote.cost.currency_type.to_string(),
            amount: saga.quote.cost.amount.amount(),
            breakdown: saga.charge.parts().map(part).collect(),
        }
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

impl DrawnView {
    /// What a saga gave, in the order in which it was drawn; nothing before it is
    /// complete.
    #[must_use]
    pub fn results_of(saga: &Saga) -> Vec<Self> {
        let results = saga.draw.iter().flat_map(|draw| &draw.results);
        results
            .zip(&saga.is_new)
            .map(|(item, is_new)| Self {
                item_master_id: item.item_master_id.to_string(),
                rarity: item.rarity.to_string(),
                is_new: *is_new,
                is_pickup: item.is_pickup,
            })
            .collect()
    }
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

/// How far the player is from a certain SSR.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PityView {
    /// How many draws the player has made since the last SSR.
    pub count: u32,
    /// The draw on which it is certain.
    pub max_count: u32,
    /// Whether the next SSR of this pool is a pickup, because the last one of the pity
    /// group was not. Never in a pool that promises no pickup.
    pub is_pickup_due: bool,
}

impl PityView {
    /// Pity as a saga left it, once it has drawn from a pool that has pity.
    #[must_use]
    pub fn after(saga: &Saga) -> Option<Self> {
        let (pity, draw) = saga.pity.as_ref().zip(saga.draw.as_ref())?;
        Some(Self {
            count: draw.after.pity_count,
            max_count: pity.max_count,
            is_pickup_due: pity.rate_up_guarantee && draw.after.is_pickup_due,
        })
    }

    /// Pity now, in a pool that has pity.
    #[must_use]
    pub fn now(pool: &Pool, pity: PityState) -> Option<Self> {
        pool.pity().map(|rule| Self {
            count: pity.count,
            max_count: rule.max_count.get(),
            is_pickup_due: rule.rate_up_guarantee && pity.is_pickup_due,
        })
    }
}
