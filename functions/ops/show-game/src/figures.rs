//! Figures of the running period, from a sample of its purchases.

use std::collections::BTreeMap;

use serde::Serialize;
use tenjo_domain::{SagaId, SagaStatus};
use tenjo_store::saga::Sampled;

/// Purchases since the period began, and those of its last hour. Only purchases that have
/// been drawn: what is refused before that has no index by time.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Figures {
    /// Whether they are estimated, from a sample, or counted.
    is_estimate: bool,
    /// How many purchases were looked at.
    sampled: u64,
    total: Counts,
    last_hour: Counts,
    pools: BTreeMap<String, Counts>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    purchases: u64,
    draws: u64,
    completed: u64,
    /// Drawn, and given back.
    failed: u64,
}

impl Figures {
    /// The figures of purchases that are the first by id, at most `limit` of them.
    pub(crate) fn of(sample: &[Sampled], limit: u32) -> Self {
        let sampled = u64::try_from(sample.len()).unwrap_or(u64::MAX);
        let mut figures = Self { sampled, ..Self::default() };
        for purchase in sample {
            figures.total.add(purchase);
            if purchase.is_of_last_hour {
                figures.last_hour.add(purchase);
            }
            figures.pools.entry(purchase.pool_id.to_string()).or_default().add(purchase);
        }
        let is_all = sampled < u64::from(limit);
        if let Some(last) = sample.last().filter(|_| !is_all) {
            figures.is_estimate = true;
            let all = figures.pools.values_mut();
            for counts in all.chain([&mut figures.total, &mut figures.last_hour]) {
                counts.scale(last.saga_id);
            }
        }
        figures
    }
}

impl Counts {
    fn add(&mut self, purchase: &Sampled) {
        self.purchases += 1;
        self.draws += u64::from(purchase.draw_count);
        match purchase.status {
            SagaStatus::Completed => self.completed += 1,
            SagaStatus::Failed => self.failed += 1,
            _ => {}
        }
    }

    /// From the purchases up to the one with this id to all. Ids are spread evenly, so the
    /// part of the ids that was looked at is the part of the purchases.
    fn scale(&mut self, last: SagaId) {
        // The version of a UUID comes after its first 48 bits.
        let looked_at = (last.0.as_u128() >> 80) + 1;
        for count in [&mut self.purchases, &mut self.draws, &mut self.completed, &mut self.failed] {
            let all = (u128::from(*count) << 48) / looked_at;
            *count = u64::try_from(all).unwrap_or(u64::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use tenjo_domain::PoolId;
    use uuid::Uuid;

    use super::*;

    fn purchase(id: u128, pool: &str, status: SagaStatus) -> Sampled {
        Sampled {
            saga_id: SagaId(Uuid::from_u128(id)),
            pool_id: PoolId::new(pool).unwrap(),
            draw_count: 10,
            status,
            is_of_last_hour: status == SagaStatus::Completed,
        }
    }

    #[test]
    fn fewer_purchases_than_the_sample_are_counted() {
        let sample = [
            purchase(1, "pool-a", SagaStatus::Completed),
            purchase(2, "pool-a", SagaStatus::Failed),
            purchase(3, "pool-b", SagaStatus::DrawCompleted),
        ];
        let figures = Figures::of(&sample, 4);
        assert!(!figures.is_estimate);
        let total = Counts { purchases: 3, draws: 30, completed: 1, failed: 1 };
        assert_eq!(figures.total, total);
        let last_hour = Counts { purchases: 1, draws: 10, completed: 1, failed: 0 };
        assert_eq!(figures.last_hour, last_hour);
        assert_eq!(figures.pools["pool-a"].purchases, 2);
        assert_eq!(figures.pools["pool-b"].completed, 0);
        assert_eq!(Figures::of(&[], 4), Figures::default());
    }

    #[test]
    fn a_full_sample_is_an_estimate_by_the_part_of_the_ids_that_it_reaches() {
        // The last id is at a quarter of all ids.
        let quarter = (1 << 126) - 1;
        let sample = [
            purchase(1, "pool-a", SagaStatus::Completed),
            purchase(quarter, "pool-a", SagaStatus::Completed),
        ];
        let figures = Figures::of(&sample, 2);
        assert!(figures.is_estimate);
        assert_eq!(figures.total, Counts { purchases: 8, draws: 80, completed: 8, failed: 0 });
        assert_eq!(figures.pools["pool-a"].purchases, 8);
        assert_eq!(figures.sampled, 2);
        // Even the first of all ids, again and again, gives a number.
        let first = [purchase(0, "pool-a", SagaStatus::Completed)];
        assert_eq!(Figures::of(&first, 1).total.purchases, 1 << 48);
    }
}
