use serde::{Deserialize, Serialize};
use tenjo_domain::EntryId;
use tenjo_http::{ApiError, Call, PlaceTime, Player, Reply, active_user};
use tenjo_store::Db;
use tenjo_store::currency::{self, LedgerPlace};
use tenjo_views::LedgerEntryView;

#[derive(Serialize)]
pub(crate) struct LedgerView {
    ledger_entries: Vec<LedgerEntryView>,
    next_cursor: Option<String>,
}

impl Reply for LedgerView {}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    created_at: PlaceTime,
    currency_type: String,
    entry_id: u64,
}

impl TryFrom<Place> for LedgerPlace {
    type Error = ApiError;

    fn try_from(place: Place) -> Result<Self, ApiError> {
        Ok(Self {
            created_at: place.created_at.0,
            currency_type: place.currency_type.parse().map_err(ApiError::field("cursor"))?,
            entry_id: EntryId::new(place.entry_id).map_err(ApiError::field("cursor"))?,
        })
    }
}

/// Every change of the caller's balances, newest first.
///
/// # Errors
/// - `user_suspended` (403)
pub(crate) async fn list_ledger_entries(
    db: &Db,
    call: Call<Player>,
) -> Result<LedgerView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let after = place.map(LedgerPlace::try_from).transpose()?;
    let mut conn = db.acquire().await?;
    active_user(&mut conn, call.user_id()).await?;
    let page = currency::ledger(&mut conn, call.user_id(), after, limit).await?;
    let next_cursor = call.next_cursor(&page, |entry| Place {
        created_at: PlaceTime(entry.created_at),
        currency_type: entry.currency_type.to_string(),
        entry_id: entry.entry_id.get(),
    })?;
    let ledger_entries = page.rows.into_iter().map(LedgerEntryView::from).collect();
    Ok(LedgerView { ledger_entries, next_cursor })
}
