//! The record of a saga.

use tenjo_domain::{Charge, CurrencyType, Gems, PoolItem, SagaStatus, SeedPeriod};
use tenjo_saga::{DrawRecord, Saga};

use crate::{ALGORITHM, DrawnItem, Part, PoolRules, Purchase, PurchasePoints, Record};

impl Record {
    /// The record of a saga that has ended and of what it drew in a period. The same
    /// saga always has the same record.
    #[must_use]
    pub fn of(saga: &Saga, draw: &DrawRecord, period: &SeedPeriod) -> Self {
        let is_void = saga.status != SagaStatus::Completed;
        Self {
            algorithm: ALGORITHM.to_owned(),
            saga_id: saga.saga_id.0,
            user_id: saga.user_id.0,
            draw_number: draw.number.get(),
            is_void,
            client_seed: draw.client_seed.client_seed.as_str().to_owned(),
            client_seed_origin: draw.client_seed.origin.to_string(),
            client_seed_set_at: draw.client_seed.set_at,
            period: period.into(),
            pool: PoolRules {
                pool_id: saga.pool_id.to_string(),
                revision: saga.pool_revision.to_string(),
            },
            purchase: purchase(saga, is_void),
            state_before: saga.before.clone(),
            state_after: (!is_void).then(|| draw.after.clone()),
            results: (!is_void).then(|| draw.results.iter().map(DrawnItem::from).collect()),
            salt: hex::encode(draw.salt.0),
        }
    }
}

fn purchase(saga: &Saga, is_void: bool) -> Purchase {
    let points = saga.points.as_ref().filter(|_| !is_void);
    Purchase {
        draw_count: saga.quote.draw_count.get(),
        currency_type: saga.quote.cost.currency_type.to_string(),
        amount: saga.quote.cost.amount.amount(),
        breakdown: breakdown(saga.charge),
        points: points.map(|points| PurchasePoints {
            point_group: points.group.as_str().to_owned(),
            amount: points.amount.amount(),
        }),
        step: saga.quote.step,
        is_free: saga.quote.is_free,
        quoted_at: saga.quote.at,
    }
}

/// What a charge took of each kind of gems.
fn breakdown(charge: Charge) -> Vec<Part> {
    let part = |(currency_type, amount): (CurrencyType, Gems)| Part {
        currency_type: currency_type.to_string(),
        amount: amount.amount(),
    };
    charge.parts().map(part).collect()
}

impl From<&tenjo_saga::DrawnItem> for DrawnItem {
    fn from(item: &tenjo_saga::DrawnItem) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            rarity: item.rarity.to_string(),
            is_pickup: item.is_pickup,
        }
    }
}

impl From<&PoolItem> for DrawnItem {
    fn from(item: &PoolItem) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            rarity: item.rarity.to_string(),
            is_pickup: item.is_pickup,
        }
    }
}
