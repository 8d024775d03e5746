use serde::{Deserialize, Serialize};
use tenjo_domain::{SeedPeriod, ServerSeed};
use tenjo_http::{ApiError, Call, Player, Reply, next_cursor};
use tenjo_store::{Db, seed};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct SeedPeriodsView {
    seed_periods: Vec<SeedPeriodView>,
    next_cursor: Option<String>,
}

impl Reply for SeedPeriodsView {}

#[derive(Serialize)]
struct SeedPeriodView {
    period_id: Uuid,
    commitment: String,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
    /// Only one that is revealed comes this far: this function's database user
    /// cannot read the others.
    seed: Option<String>,
}

impl From<SeedPeriod> for SeedPeriodView {
    fn from(period: SeedPeriod) -> Self {
        Self {
            period_id: period.period_id.0,
            commitment: period.commitment.to_string(),
            starts_at: period.starts_at,
            ends_at: period.ends_at,
            seed: period.revealed_seed.as_ref().map(ServerSeed::expose_hex),
        }
    }
}

/// A place in the list, inside a cursor.
#[derive(Serialize, Deserialize)]
struct Place {
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
}

/// Every period that is committed to, newest first: those to come, the one that
/// runs, and those that are over, with their seeds.
pub(crate) async fn list_seed_periods(
    db: &Db,
    call: Call<Player>,
) -> Result<SeedPeriodsView, ApiError> {
    let (limit, place) = call.page::<Place>()?;
    let mut conn = db.acquire().await?;
    let page = seed::list(&mut conn, place.map(|place| place.starts_at), limit).await?;
    let next_cursor = next_cursor(&page, |row| Place { starts_at: row.starts_at })?;
    let seed_periods = page.rows.into_iter().map(SeedPeriodView::from).collect();
    Ok(SeedPeriodsView { seed_periods, next_cursor })
}
