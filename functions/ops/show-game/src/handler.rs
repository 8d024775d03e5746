use serde::Deserialize;
use tenjo_domain::{ActId, PoolRevision, SeedPeriod};
use tenjo_operators::{ApiError, Call, Operator};
use tenjo_store::{
    Conn, Db, Limit, audit, catalogue, operator_log, pool, recovery, saga, seed, service_status,
};
use time::OffsetDateTime;

use crate::figures::Figures;
use crate::view::{
    AuditView, DocumentView, GameView, LiveView, LogView, PeriodView, PoolView, StatusView,
    StoppedView,
};

/// What more to show.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    /// The log from the line before this act on, instead of the newest lines.
    log_before: Option<String>,
    /// The rules and odds of this revision of a pool.
    revision: Option<String>,
    /// What is live beside the rules of pools: items, what is sold for money, and all that
    /// players read and see.
    catalogue: Option<bool>,
}

/// How many live sagas are looked at to count their statuses.
const LIVE: u32 = 1_000;

/// How many sagas are shown that stopped.
const STOPPED: u32 = 20;

/// How many purchases the figures are made from.
const SAMPLE: u32 = 1_000;

/// How many periods that are over are shown, newest first.
const PERIODS: usize = 7;

/// What the game does now: whether players are let in, its pools, its live sagas and those
/// that stopped, figures, the audit, and the log of operators.
///
/// It costs the same however many players and draws there are: about 46 statements, by keys,
/// of at most 2,200 rows and the small index of live sagas. The catalogue costs what there
/// is of it, and only if it is asked for.
///
/// # Errors
/// - `unauthorized` (401): not let in by IAM
/// - `invalid_request` (400)
/// - `not_found` (404): no such act or revision
pub(crate) async fn show_game(db: &Db, call: Call<Operator, Wanted>) -> Result<GameView, ApiError> {
    let Wanted { log_before, revision, catalogue: is_catalogue_wanted } = &call.body;
    let now = call.now();
    let mut conn = db.acquire().await?;
    let periods = seed::list(&mut conn, None, Limit::default()).await?.rows;
    let (over, running) = known(periods, now);
    Ok(GameView {
        at: now,
        status: StatusView::of(service_status::find(&mut conn).await?, now),
        pools: pool::sold(&mut conn).await?.into_iter().map(PoolView::from).collect(),
        live: LiveView::of(&recovery::live_statuses(&mut conn, LIVE).await?, LIVE),
        stopped: stopped(&mut conn).await?,
        running: match running {
            Some(period) => {
                let sample = saga::sample(&mut conn, period.period_id, SAMPLE).await?;
                Some(PeriodView::running(&period, Figures::of(&sample, SAMPLE)))
            }
            None => None,
        },
        periods: over.iter().map(PeriodView::over).collect(),
        audit: AuditView::of(audit::running(&mut conn).await?, audit::last(&mut conn).await?),
        log: log(&mut conn, log_before.as_deref()).await?,
        document: match revision {
            Some(revision) => Some(document(&mut conn, revision).await?),
            None => None,
        },
        catalogue: match is_catalogue_wanted {
            Some(true) => Some(catalogue::live(&mut conn).await?.document()),
            Some(false) | None => None,
        },
    })
}

/// The last periods that are over, and the one that runs.
fn known(periods: Vec<SeedPeriod>, now: OffsetDateTime) -> (Vec<SeedPeriod>, Option<SeedPeriod>) {
    let begun = periods.into_iter().filter(|period| period.starts_at <= now);
    let (running, mut over): (Vec<_>, Vec<_>) = begun.partition(|period| now < period.ends_at);
    over.truncate(PERIODS);
    (over, running.into_iter().next())
}

/// The sagas that stopped before their end, with their timelines.
async fn stopped(conn: &mut Conn) -> Result<Vec<StoppedView>, ApiError> {
    let mut views = Vec::new();
    for it in recovery::stopped(conn, STOPPED).await? {
        // It may have ended since.
        if let Some(record) = saga::find(conn, it.saga_id).await? {
            views.push(StoppedView::of(it, record));
        }
    }
    Ok(views)
}

async fn log(conn: &mut Conn, before: Option<&str>) -> Result<LogView, ApiError> {
    let after = match before {
        Some(id) => {
            let act_id: ActId = id.parse().map_err(ApiError::field("log_before"))?;
            let line = operator_log::find(conn, act_id).await?.ok_or(ApiError::NotFound("act"))?;
            Some((line.created_at, act_id))
        }
        None => None,
    };
    Ok(operator_log::list(conn, after, Limit::default()).await?.into())
}

async fn document(conn: &mut Conn, revision: &str) -> Result<DocumentView, ApiError> {
    let revision: PoolRevision = revision.parse().map_err(ApiError::field("revision"))?;
    let found = pool::find_revision(conn, revision).await?;
    Ok(DocumentView::of(revision, found.ok_or(ApiError::NotFound("revision"))?))
}
