//! Finds players who are due, and deletes them, as many as one call has time for.

use std::time::{Duration, Instant};

use serde::Serialize;
use tenjo_domain::{AbandonedAfter, UserId};
use tenjo_metrics::Metrics;
use tenjo_store::deletion::{self, Outcome, SHARDS, Why};
use tenjo_store::{BrokenInvariant, Db, Kind, kind};

use crate::list::List;

/// No player is begun with after this time. The function's timeout is 60 s.
const BEGIN_WITHIN: Duration = Duration::from_secs(40);

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) abandoned_after: AbandonedAfter,
}

/// What a sweep did.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Players who had asked for it.
    asked: u64,
    /// Guests who did not come any more.
    abandoned: u64,
    /// Players of whom a draw or a purchase has not ended, or who were busy. A later call
    /// deletes them.
    waiting: u64,
    /// Players for whom it failed: the log has each error.
    failed: u64,
}

/// Why a sweep is incomplete. Whom it deleted stays so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0} players were not deleted: the log has each error")]
    Unfinished(u64),
}

/// Deletes who is due, one player after the other.
///
/// # Errors
/// When the database fails. The next call does the rest.
pub(crate) async fn sweep(app: &App) -> Result<Report, SweepError> {
    let until = Instant::now() + BEGIN_WITHIN;
    let mut report = Report::default();
    sweep_for(app, Why::Asked, until, &mut report).await?;
    if let Some(days) = app.abandoned_after.days() {
        sweep_for(app, Why::NotSeenFor(days), until, &mut report).await?;
    }
    Metrics::new()
        .count("DeletedPlayers", report.asked)
        .count("AbandonedPlayers", report.abandoned)
        .write();
    tracing::info!(
        asked = report.asked,
        abandoned = report.abandoned,
        waiting = report.waiting,
        failed = report.failed,
        "players deleted"
    );
    if report.failed > 0 { Err(SweepError::Unfinished(report.failed)) } else { Ok(report) }
}

/// Tries every player who is due once. Whoever cannot be deleted is passed by, so that
/// they keep nobody else from it. Each call begins with another shard, so that none is
/// always the last one for which there is no time.
async fn sweep_for(
    app: &App,
    why: Why,
    until: Instant,
    report: &mut Report,
) -> Result<(), SweepError> {
    let first = rand::random_range(0..SHARDS);
    for shard in (first..SHARDS).chain(0..first) {
        let mut list = List::of(why, shard);
        loop {
            let players = list.next_page(&app.db).await?;
            if players.is_empty() {
                break;
            }
            for user_id in players {
                if Instant::now() > until {
                    return Ok(());
                }
                try_one(app, user_id, why, report).await;
            }
        }
    }
    Ok(())
}

async fn try_one(app: &App, user_id: UserId, why: Why, report: &mut Report) {
    match delete(app, user_id, why).await {
        Ok(Outcome::Deleted) if why == Why::Asked => report.asked += 1,
        Ok(Outcome::Deleted) => report.abandoned += 1,
        Ok(Outcome::NotDue | Outcome::Kept) => {}
        Ok(Outcome::Waits) => report.waiting += 1,
        // Such as a login that took the deletion back, and won.
        Err(error) if kind(&error) == Kind::Transient => {
            tracing::warn!(user.id = %user_id, "player not deleted yet: {error}");
            report.waiting += 1;
        }
        Err(error) => {
            BrokenInvariant::report_among_causes(&error);
            tracing::error!(user.id = %user_id, "player not deleted: {error}");
            report.failed += 1;
        }
    }
}

async fn delete(app: &App, user_id: UserId, why: Why) -> sqlx::Result<Outcome> {
    let mut tx = app.db.begin().await?;
    let outcome = deletion::delete(&mut tx, user_id, why).await?;
    if outcome == Outcome::Waits {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(outcome)
}
