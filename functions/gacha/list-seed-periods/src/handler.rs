use serde::{Deserialize, Serialize};
use tenjo_http::{Anyone, ApiError, Call, HasDb, PlaceTime, Reply};
use tenjo_proof::{Period, ReceiptKey};
use tenjo_store::{Db, seed};

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) receipt_keys: Vec<ReceiptKey>,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Serialize)]
pub(crate) struct SeedPeriodsView {
    /// Without the seed if it is not revealed: this function's database user cannot
    /// read it.
    seed_periods: Vec<Period>,
    next_cursor: Option<String>,
    /// Here too, so that one answer has all that is worth noting before a draw.
    receipt_keys: Vec<ReceiptKey>,
}

impl Reply for SeedPeriodsView {}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    starts_at: PlaceTime,
}

/// Every seed period that is committed to, newest first: future ones, the running
/// one, and past ones, which have their seed once it is revealed. It is for everybody,
/// so that the server cannot show each player another list.
pub(crate) async fn list_seed_periods(
    app: &App,
    call: Call<Anyone>,
) -> Result<SeedPeriodsView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let mut conn = app.db.acquire().await?;
    let page = seed::list(&mut conn, place.map(|place| place.starts_at.0), limit).await?;
    let next_cursor =
        call.next_cursor(&page, |row| Place { starts_at: PlaceTime(row.starts_at) })?;
    let seed_periods = page.rows.iter().map(Period::from).collect();
    Ok(SeedPeriodsView { seed_periods, next_cursor, receipt_keys: app.receipt_keys.clone() })
}
