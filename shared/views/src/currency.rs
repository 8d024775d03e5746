use serde::Serialize;
use tenjo_store::currency::{Balance, LedgerEntry};
use time::OffsetDateTime;
use uuid::Uuid;

/// A balance.
#[derive(Serialize)]
pub struct CurrencyView {
    currency_type: &'static str,
    balance: u64,
    owed: u64,
}

impl From<Balance> for CurrencyView {
    fn from(balance: Balance) -> Self {
        Self {
            currency_type: balance.currency_type.as_str(),
            balance: balance.amount.amount(),
            owed: balance.owed.amount(),
        }
    }
}

/// A change of a balance.
#[derive(Serialize)]
pub struct LedgerEntryView {
    entry_id: u64,
    currency_type: &'static str,
    delta: i64,
    balance_after: u64,
    reason: &'static str,
    saga_id: Option<Uuid>,
    source_id: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<LedgerEntry> for LedgerEntryView {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            entry_id: entry.entry_id.get(),
            currency_type: entry.currency_type.as_str(),
            delta: entry.delta,
            balance_after: entry.balance_after.amount(),
            reason: entry.reason.as_str(),
            saga_id: entry.saga_id.map(|saga_id| saga_id.0),
            source_id: entry.source_id.map(|source_id| source_id.0),
            created_at: entry.created_at,
        }
    }
}
