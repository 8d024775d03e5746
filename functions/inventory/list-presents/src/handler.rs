use serde::{Deserialize, Serialize};
use tenjo_domain::PresentId;
use tenjo_http::{ApiError, Call, PlaceTime, Player, Reply};
use tenjo_store::Db;
use tenjo_store::present::{self, PresentPlace};
use tenjo_views::PresentView;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct PresentsView {
    presents: Vec<PresentView>,
    next_cursor: Option<String>,
}

impl Reply for PresentsView {}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    ends_at: PlaceTime,
    present_id: Uuid,
}

/// The presents that the caller can receive now, the first to end first.
pub(crate) async fn list_presents(db: &Db, call: Call<Player>) -> Result<PresentsView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let after = place.map(|Place { ends_at, present_id }| PresentPlace {
        ends_at: ends_at.0,
        present_id: PresentId(present_id),
    });
    let mut conn = db.acquire().await?;
    let page = present::mailbox(&mut conn, call.user_id(), call.now(), after, limit).await?;
    let next_cursor = call.next_cursor(&page, |row| Place {
        ends_at: PlaceTime(row.present.parts().ends_at),
        present_id: row.present_id.0,
    })?;
    let presents = page.rows.iter().map(|row| PresentView::of(row, None)).collect();
    Ok(PresentsView { presents, next_cursor })
}
