use serde::{Deserialize, Serialize};
use tenjo_http::{ApiError, Call, PlaceTime, Player, Reply};
use tenjo_proof::Period;
use tenjo_store::{Db, seed};

#[derive(Serialize)]
pub(crate) struct SeedPeriodsView {
    /// Without the seed if it is not revealed: this function's database user cannot
    /// read it.
    seed_periods: Vec<Period>,
    next_cursor: Option<String>,
}

impl Reply for SeedPeriodsView {}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    starts_at: PlaceTime,
}

/// Every seed period that is committed to, newest first: future ones, the running
/// one, and past ones, which have their seed once it is revealed.
pub(crate) async fn list_seed_periods(
    db: &Db,
    call: Call<Player>,
) -> Result<SeedPeriodsView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let mut conn = db.acquire().await?;
    let page = seed::list(&mut conn, place.map(|place| place.starts_at.0), limit).await?;
    let next_cursor =
        call.next_cursor(&page, |row| Place { starts_at: PlaceTime(row.starts_at) })?;
    let seed_periods = page.rows.into_iter().map(Period::from).collect();
    Ok(SeedPeriodsView { seed_periods, next_cursor })
}
