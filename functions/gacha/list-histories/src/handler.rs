use serde::{Deserialize, Serialize};
use tenjo_domain::SagaId;
use tenjo_http::{ApiError, Call, PlaceTime, Player, Reply};
use tenjo_store::Db;
use tenjo_store::history::{self, History, HistoryPlace};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct HistoriesView {
    histories: Vec<HistoryView>,
    next_cursor: Option<String>,
}

impl Reply for HistoriesView {}

#[derive(Serialize)]
struct HistoryView {
    saga_id: Uuid,
    draw_index: u32,
    pool_id: String,
    item_master_id: String,
    rarity: &'static str,
    is_new: bool,
    is_pickup: bool,
    #[serde(with = "time::serde::rfc3339")]
    drawn_at: OffsetDateTime,
}

impl From<History> for HistoryView {
    fn from(history: History) -> Self {
        Self {
            saga_id: history.saga_id.0,
            draw_index: history.draw_index,
            pool_id: history.pool_id.to_string(),
            item_master_id: history.item_master_id.to_string(),
            rarity: history.rarity.as_str(),
            is_new: history.is_new,
            is_pickup: history.is_pickup,
            drawn_at: history.drawn_at,
        }
    }
}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    drawn_at: PlaceTime,
    saga_id: Uuid,
    draw_index: u32,
}

impl From<Place> for HistoryPlace {
    fn from(place: Place) -> Self {
        Self {
            drawn_at: place.drawn_at.0,
            saga_id: SagaId(place.saga_id),
            draw_index: place.draw_index,
        }
    }
}

/// Every item that the caller drew and received, newest first.
pub(crate) async fn list_histories(db: &Db, call: Call<Player>) -> Result<HistoriesView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let mut conn = db.acquire().await?;
    let after = place.map(HistoryPlace::from);
    let page = history::list(&mut conn, call.user_id(), after, limit).await?;
    let next_cursor = call.next_cursor(&page, |row| Place {
        drawn_at: PlaceTime(row.drawn_at),
        saga_id: row.saga_id.0,
        draw_index: row.draw_index,
    })?;
    let histories = page.rows.into_iter().map(HistoryView::from).collect();
    Ok(HistoriesView { histories, next_cursor })
}
