//! Runs the sagas that stopped before their end, as many as one call has time for.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tenjo_domain::SagaId;
use tenjo_metrics::Metrics;
use tenjo_saga::{Recovered, recover};
use tenjo_store::{BrokenInvariant, recovery};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::app::App;
use crate::report::Report;

/// One call takes this many sagas of each of 16 shards at most. The next call takes
/// the rest.
const LIMIT_PER_SHARD: u32 = 64;

/// How many sagas are run at once. The number is small because players wait for the
/// same steps, and a stopped saga has waited for minutes already.
const AT_ONCE: usize = 8;

/// No run begins after this time. The function waits 20 s at most for a run, and its
/// timeout is 60 s.
const BEGIN_WITHIN: Duration = Duration::from_secs(30);

/// The event: empty, or with the saga that an operator names. Other fields, such as a
/// scheduler's, are ignored.
#[derive(Deserialize)]
pub(crate) struct Request {
    saga_id: Option<Uuid>,
}

/// Why a sweep is incomplete. The sagas that it ran stay as they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("saga {0} is not live: it has ended, or there is no such saga")]
    NotLive(Uuid),
    #[error("recovery of {0} sagas failed: the log has each error")]
    Unfinished(usize),
    #[error("Step Functions could not start a run")]
    Unavailable,
}

/// Runs stopped sagas again, up to a limit.
///
/// # Errors
/// When the database fails, or a saga could not be run. The next call tries again.
pub(crate) async fn sweep(app: &'static App, request: &Request) -> Result<Report, SweepError> {
    let started = Instant::now();
    let mut sagas = VecDeque::from(find(app, request).await?);
    let mut report = Report { found: sagas.len(), ..Report::default() };
    let (mut failures, mut is_unavailable) = (0, false);
    let mut runs = JoinSet::new();
    loop {
        while runs.len() < AT_ONCE && !is_unavailable && started.elapsed() < BEGIN_WITHIN {
            let Some(saga_id) = sagas.pop_front() else { break };
            runs.spawn(attend(app, saga_id));
        }
        let Some(ended) = runs.join_next().await else { break };
        match ended {
            Ok(Ok(Recovered::Unavailable)) => is_unavailable = true,
            Ok(Ok(outcome)) => report.count(outcome),
            Ok(Err(Unattended)) | Err(_) => failures += 1,
        }
    }
    report.stuck = recovery::stuck_count(&mut *app.sagas.db().acquire().await?).await?;
    tell(&report, &sagas);
    if is_unavailable {
        return Err(SweepError::Unavailable);
    }
    if failures > 0 { Err(SweepError::Unfinished(failures)) } else { Ok(report) }
}

async fn find(app: &App, request: &Request) -> Result<Vec<SagaId>, SweepError> {
    let mut conn = app.sagas.db().acquire().await?;
    if let Some(saga_id) = request.saga_id {
        if !recovery::renew(&mut conn, SagaId(saga_id)).await? {
            return Err(SweepError::NotLive(saga_id));
        }
        return Ok(vec![SagaId(saga_id)]);
    }
    Ok(recovery::due(&mut conn, LIMIT_PER_SHARD).await?)
}

/// The failure of one saga. It is logged at once, and does not end the sweep.
struct Unattended;

async fn attend(app: &App, saga_id: SagaId) -> Result<Recovered, Unattended> {
    recover(&app.sagas, &app.state_machine, saga_id).await.map_err(|error| {
        BrokenInvariant::report_among_causes(&error);
        tracing::error!(saga.id = %saga_id, "recovery of the saga failed: {error}");
        Unattended
    })
}

/// Writes the metrics, zeros too, because the alarm needs them. The log line is only
/// written if sagas were found.
fn tell(report: &Report, left: &VecDeque<SagaId>) {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Metrics::new()
        .count("StuckSagas", report.stuck)
        .count("StoppedSagas", count(report.found))
        .count("RecoveryAttempts", count(report.leased))
        .write();
    if report.found > 0 {
        tracing::info!(
            found = report.found,
            leased = report.leased,
            completed = report.completed,
            failed = report.failed,
            still_running = report.still_running,
            given_up = report.given_up,
            stuck = report.stuck,
            left = left.len(),
            "swept"
        );
    }
}
