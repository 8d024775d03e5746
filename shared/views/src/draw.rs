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

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use tenjo_domain::{
        ClientSeed, ClientSeedOrigin, DrawCount, DrawNumber, ItemMasterId, Most, Payment,
        PityGroup, PityRule, PlayerState, PoolId, PoolItem, PoolKind, PoolParts, PoolRevision,
        Price, Rarity, SagaId, SeedPeriodId, SessionId, StageParts, UsedClientSeed, UserId,
    };
    use tenjo_saga::{DrawRecord, NewSaga, Order, Salt};
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    /// A pool that sells an SSR and a pickup of it, with pity.
    fn pool(rate_up_guarantee: bool) -> Pool {
        let item = |name: &str, is_pickup| PoolItem {
            item_master_id: ItemMasterId::new(name).unwrap(),
            rarity: Rarity::Ssr,
            weight: ONE,
            is_pickup,
        };
        let stage = StageParts {
            prices: vec![Price::new(1, Payment::FreeGem, 300).unwrap()],
            rarity_weights: vec![(Rarity::Ssr, ONE)],
            guarantee: None,
        };
        let pity = PityRule {
            group: PityGroup::new("shared").unwrap(),
            max_count: NonZeroU32::new(90).unwrap(),
            soft: None,
            rate_up_guarantee,
        };
        let parts = PoolParts::plain(
            PoolId::new("pool-moon").unwrap(),
            "Moon",
            OffsetDateTime::UNIX_EPOCH,
            PoolKind::Standard(stage),
            vec![item("moon-blade", true), item("old-blade", false)],
        );
        Pool::new(PoolParts { pity: Some(pity), ..parts }).unwrap()
    }

    /// A saga that has drawn from the pool, and left this pity.
    fn drawn(pool: &Pool, pity: PityState) -> Saga {
        let user_id = UserId(Uuid::nil());
        let draw_count = DrawCount::new(1).unwrap();
        let order = Order {
            user_id,
            session_id: SessionId(Uuid::nil()),
            most_per_minute: Most::new(ONE),
            pool_id: pool.pool_id().clone(),
            draw_count,
            expected_cost: None,
            client_seed: None,
            expected_revision: None,
            expected_draw_number: None,
        };
        let quote = pool.quote(&PlayerState::default(), draw_count, pool.opens_at()).unwrap();
        let (saga_id, revision) = (SagaId(Uuid::nil()), PoolRevision([0; 32]));
        let saga = NewSaga::of(saga_id, &order, revision, pool, quote, Default::default());
        let mut saga = saga.recorded();
        let mut after = saga.before.clone();
        (after.pity_count, after.is_pickup_due) = (pity.count, pity.is_pickup_due);
        saga.draw = Some(DrawRecord {
            number: DrawNumber::after(0),
            client_seed: UsedClientSeed {
                client_seed: ClientSeed::default_for(user_id),
                origin: ClientSeedOrigin::Default,
                set_at: None,
            },
            period_id: SeedPeriodId(Uuid::nil()),
            after,
            results: Vec::new(),
            salt: Salt([0; 16]),
        });
        saga
    }

    /// Pools of a group share the state, also if only some of them promise a pickup.
    #[test]
    fn a_pickup_is_due_only_where_the_pool_promises_one() {
        for (is_promised, is_owed, is_due) in
            [(true, true, true), (true, false, false), (false, true, false), (false, false, false)]
        {
            let pool = pool(is_promised);
            let pity = PityState { count: 7, is_pickup_due: is_owed };
            for view in [PityView::now(&pool, pity), PityView::after(&drawn(&pool, pity))] {
                let view = view.unwrap();
                assert_eq!((view.count, view.max_count), (7, 90));
                assert_eq!(view.is_pickup_due, is_due, "promised: {is_promised}, owed: {is_owed}");
            }
        }
    }
}
