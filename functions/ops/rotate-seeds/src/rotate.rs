use std::time::{Duration, Instant};

use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::Serialize;
use tenjo_domain::{Commitment, SeedPeriodId, ServerSeed, Span};
use tenjo_store::seed::{self, KeyError, SeedKey};
use tenjo_store::tree::{Grown, grow};
use tenjo_store::{BrokenInvariant, Conn};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;

/// How often it tries when another rotation is first.
const TRIES: u32 = 3;

/// How long one call makes trees. The next one goes on where it stops.
const GROW_WITHIN: Duration = Duration::from_secs(30);

/// What changed.
#[derive(Serialize)]
pub(crate) struct Report {
    committed: Vec<CommittedReport>,
    revealed: Vec<Uuid>,
    /// Periods of which the root over all purchases was published.
    rooted: Vec<Uuid>,
}

#[derive(Serialize)]
struct CommittedReport {
    period_id: Uuid,
    commitment: String,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
}

/// Why a rotation is incomplete. What it committed before stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RotateError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] SysError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("another rotation was first, {TRIES} times in a row")]
    Overtaken,
    #[error("{0} seeds could not be revealed")]
    Unrevealed(usize),
}

/// Commits to seeds first, because draws stop without them; a late reveal only delays
/// the check of proofs, and a late root a part of it.
pub(crate) async fn rotate(app: &App) -> Result<Report, RotateError> {
    let committed = commit_ahead(app).await?;
    let revealed = reveal_due(app).await?;
    let rooted = grow_trees(app).await?;
    if !committed.is_empty() || !revealed.is_empty() || !rooted.is_empty() {
        tracing::info!(
            committed = committed.len(),
            revealed = revealed.len(),
            rooted = rooted.len(),
            "the seeds were rotated"
        );
    }
    Ok(Report { committed, revealed, rooted })
}

/// Adds the missing periods, all of them or none.
async fn commit_ahead(app: &App) -> Result<Vec<CommittedReport>, RotateError> {
    for _ in 0..TRIES {
        let mut tx = app.db.begin().await?;
        let now = seed::now(&mut tx).await?;
        let periods = seed::unsettled(&mut tx).await?;
        let missing = app.rotation.missing(&periods, now);
        if let Some(committed) = commit_to(&mut tx, &app.key, &missing).await? {
            tx.commit().await?;
            return Ok(committed);
        }
        tx.rollback().await?; // try again with the periods that exist now
    }
    Err(RotateError::Overtaken)
}

/// `None` if another rotation was first.
async fn commit_to(
    conn: &mut Conn,
    key: &dyn SeedKey,
    missing: &[Span],
) -> Result<Option<Vec<CommittedReport>>, RotateError> {
    let mut committed = Vec::new();
    for span in missing {
        let period_id = SeedPeriodId(Uuid::new_v4());
        let server_seed = random_seed()?;
        let (commitment, ciphertext) =
            (server_seed.commitment(*span), key.encrypt(period_id, &server_seed).await?);
        if !seed::add(conn, period_id, *span, commitment, &ciphertext).await? {
            return Ok(None);
        }
        committed.push(CommittedReport::new(period_id, commitment, *span));
    }
    Ok(Some(committed))
}

/// A seed straight from the operating system. A generator in this process would have
/// state, and Lambda may freeze and copy a process.
fn random_seed() -> Result<ServerSeed, SysError> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(ServerSeed::new(bytes))
}

/// Reveals the seeds that are due. A failure does not keep the others from being
/// revealed.
async fn reveal_due(app: &App) -> Result<Vec<Uuid>, RotateError> {
    let mut conn = app.db.acquire().await?;
    let now = seed::now(&mut conn).await?;
    let periods = seed::unsettled(&mut conn).await?;
    let mut revealed = Vec::new();
    let mut failures = 0;
    for period in app.rotation.due(&periods, now) {
        let period_id = period.period_id;
        match seed::reveal(&mut conn, &app.key, period_id).await {
            Ok(true) => revealed.push(period_id.0),
            Ok(false) => {} // another rotation was first
            Err(error) => {
                BrokenInvariant::report_among_causes(&error);
                tracing::error!(period.id = %period_id.0, "the seed was not revealed: {error}");
                failures += 1;
            }
        }
    }
    if failures == 0 { Ok(revealed) } else { Err(RotateError::Unrevealed(failures)) }
}

/// Makes the trees of the periods whose seed is revealed. A purchase that has not ended
/// delays only the root of its own period.
async fn grow_trees(app: &App) -> Result<Vec<Uuid>, RotateError> {
    let began = Instant::now();
    let mut conn = app.db.acquire().await?;
    let mut rooted = Vec::new();
    for period in seed::unsettled(&mut conn).await? {
        if period.revealed_seed.is_none() || period.root.is_some() {
            continue;
        }
        let period_id = period.period_id.0;
        match grow(&mut conn, &period, || began.elapsed() < GROW_WITHIN).await? {
            Grown::Rooted => rooted.push(period_id),
            Grown::Partly => tracing::info!(period.id = %period_id, "the tree is made in part"),
            Grown::Waits => {
                tracing::info!(period.id = %period_id, "the tree waits for a draw to end");
            }
        }
    }
    Ok(rooted)
}

impl CommittedReport {
    fn new(period_id: SeedPeriodId, commitment: Commitment, span: Span) -> Self {
        Self {
            period_id: period_id.0,
            commitment: commitment.to_string(),
            starts_at: span.starts_at,
            ends_at: span.ends_at,
        }
    }
}
