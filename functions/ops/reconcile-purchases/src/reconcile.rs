//! One run.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tenjo_domain::Store;
use tenjo_metrics::Metrics;
use tenjo_store::{BrokenInvariant, pending};

use crate::app::App;
use crate::finish::{Finished, finish};
use crate::stores;

/// One run takes this many purchases of each of 16 shards at most.
const LIMIT_PER_SHARD: u32 = 16;

/// No purchase is begun after this time. One takes ten seconds at most, and the
/// function's timeout is 60 s.
const BEGIN_WITHIN: Duration = Duration::from_secs(30);

/// After this many attempts an operator has to look at a purchase. By then hours have
/// passed.
const STUCK_AFTER: u32 = 10;

/// The event. Other fields, such as a scheduler's, are ignored.
#[derive(Deserialize)]
pub(crate) struct Request {
    #[serde(default)]
    ask_stores: bool,
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Purchases that were pending.
    pub(crate) found: usize,
    pub(crate) booked: usize,
    /// Booked before; their store has now been told.
    pub(crate) consumed: usize,
    /// No gems are due: refused, dismissed, revoked, unknown to the store, or not paid.
    pub(crate) closed: usize,
    pub(crate) failed: usize,
    /// Notifications that a store had and we had not.
    pub(crate) caught_up: usize,
    pub(crate) stuck: u64,
}

/// Why a run is incomplete. What it did stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0} purchases could not be finished: the log has each error")]
    Unfinished(usize),
    #[error("a store could not be asked: {0}")]
    Store(#[from] tenjo_stores::CallError),
    #[error("{0} lists more than one run may read")]
    TooManyPages(Store),
    #[error("{0} notifications of Apple's history are not believed: the log has each error")]
    Doubtful(usize),
}

/// Finishes pending purchases, and now and then asks the stores.
///
/// # Errors
/// When the database or a store fails. The next run tries again.
pub(crate) async fn reconcile(app: &App, request: &Request) -> Result<Report, ReconcileError> {
    let started = Instant::now();
    let due = pending::due(&mut *app.db().acquire().await?, LIMIT_PER_SHARD).await?;
    let mut report = Report { found: due.len(), ..Report::default() };
    for due in due {
        if started.elapsed() > BEGIN_WITHIN {
            break;
        }
        match finish(app, &due).await {
            Ok(Finished::TakenByAnother) => {}
            Ok(Finished::Booked) => report.booked += 1,
            Ok(Finished::Consumed) => report.consumed += 1,
            Ok(Finished::Closed) => report.closed += 1,
            Err(error) => {
                BrokenInvariant::report_among_causes(&error);
                let purchase_id = due.pending.purchase_id;
                let attempts = due.attempt_count + 1;
                tracing::warn!(purchase.id = %purchase_id, attempts, "not finished: {error}");
                report.failed += 1;
            }
        }
    }
    report.stuck = pending::stuck_count(&mut *app.db().acquire().await?, STUCK_AFTER).await?;
    Metrics::new()
        .count("StuckPurchases", report.stuck)
        .count("PurchasesCaughtUp", u64::try_from(report.booked).unwrap_or(u64::MAX))
        .write();
    report.caught_up = stores::catch_up(app, request.ask_stores, started).await?;
    if report.found > 0 || report.caught_up > 0 {
        tracing::info!(
            found = report.found,
            booked = report.booked,
            consumed = report.consumed,
            closed = report.closed,
            failed = report.failed,
            caught_up = report.caught_up,
            stuck = report.stuck,
            "reconciled"
        );
    }
    if report.failed > 0 { Err(ReconcileError::Unfinished(report.failed)) } else { Ok(report) }
}
