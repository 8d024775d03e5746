use serde::Serialize;
use tenjo_domain::{Pool, Price};
use time::OffsetDateTime;

/// A pool in the shop window.
#[derive(Serialize)]
pub struct PoolView {
    pool_id: String,
    name: String,
    #[serde(with = "time::serde::rfc3339")]
    opens_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    prices: Vec<PriceView>,
}

/// One price of a pool.
#[derive(Serialize)]
pub struct PriceView {
    draw_count: u32,
    currency_type: &'static str,
    amount: u64,
}

impl From<&Pool> for PoolView {
    fn from(pool: &Pool) -> Self {
        Self {
            pool_id: pool.pool_id().to_string(),
            name: pool.name().to_owned(),
            opens_at: pool.opens_at(),
            closes_at: pool.closes_at(),
            prices: pool.prices().iter().map(PriceView::from).collect(),
        }
    }
}

impl From<&Price> for PriceView {
    fn from(price: &Price) -> Self {
        Self {
            draw_count: price.draw_count.get(),
            currency_type: price.cost.currency_type.as_str(),
            amount: price.cost.amount.amount(),
        }
    }
}
