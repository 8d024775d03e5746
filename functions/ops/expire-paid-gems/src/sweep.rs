//! Finds players with expired lots, and writes these off, as many as one call has time
//! for.

use std::time::{Duration, Instant};

use serde::Serialize;
use tenjo_domain::UserId;
use tenjo_metrics::Metrics;
use tenjo_store::{BrokenInvariant, Db, lot};

/// One look finds this many lots of each of 16 shards at most.
const LIMIT_PER_SHARD: u32 = 64;

/// No player is begun with after this time. The function's timeout is 60 s.
const BEGIN_WITHIN: Duration = Duration::from_secs(40);

/// What a sweep did.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Players whose expired lots are written off now.
    players: u64,
    /// Players for whom it failed: the log has each error.
    failed: u64,
}

/// Why a sweep is incomplete. What it wrote off stays so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("expired gems of {0} players were not written off: the log has each error")]
    Unfinished(u64),
}

/// Writes off expired gems, one player after the other.
///
/// # Errors
/// When the database fails. The next call does the rest.
pub(crate) async fn sweep(db: &Db) -> Result<Report, SweepError> {
    let started = Instant::now();
    let mut report = Report::default();
    while report.failed == 0 {
        let players = lot::with_expired(&mut *db.acquire().await?, LIMIT_PER_SHARD).await?;
        if players.is_empty() {
            break;
        }
        for user_id in players {
            if started.elapsed() > BEGIN_WITHIN {
                return tell(report);
            }
            match write_off(db, user_id).await {
                Ok(()) => report.players += 1,
                Err(error) => {
                    BrokenInvariant::report_among_causes(&error);
                    tracing::error!(user.id = %user_id, "expired gems not written off: {error}");
                    report.failed += 1;
                }
            }
        }
    }
    tell(report)
}

fn tell(report: Report) -> Result<Report, SweepError> {
    Metrics::new().count("ExpiredPlayers", report.players).write();
    tracing::info!(players = report.players, failed = report.failed, "expired gems written off");
    if report.failed > 0 { Err(SweepError::Unfinished(report.failed)) } else { Ok(report) }
}

async fn write_off(db: &Db, user_id: UserId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    lot::write_off_expired(&mut tx, user_id).await?;
    tx.commit().await
}
