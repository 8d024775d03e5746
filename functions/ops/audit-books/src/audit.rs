use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tenjo_audit::{Conn, Progress, Slice, Violation, check_slice, is_too_slow, next_size};
use tenjo_metrics::Metrics;

/// How many players the first slice of a run has.
const FIRST_SIZE: u32 = 50;

/// No slice begins after this time. The function's timeout is 300 s.
const BEGIN_WITHIN: Duration = Duration::from_secs(240);

/// TiDB ends a query that takes longer, in milliseconds. Usually slices have shrunk
/// before that.
const SESSION: &str = "set max_execution_time = 20000";

/// The result of one run.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    players: u64,
    violations: u64,
    /// Players for whom a query took too long even in a slice of one. An alarm goes
    /// off.
    skipped: u64,
    /// Whether it reached the last player. The next run then starts from the first.
    is_complete: bool,
}

/// Checks players until the time is up, or the last player is checked.
pub(crate) async fn audit(options: &MySqlConnectOptions) -> sqlx::Result<Report> {
    let started = Instant::now();
    // Each run opens its own connection, because runs are an hour apart.
    let mut conn: Conn = options.connect().await?;
    sqlx::raw_sql(SESSION).execute(&mut conn).await?;
    let mut progress = Progress::load(&mut conn).await?;
    let (mut report, mut size) = (Report::default(), FIRST_SIZE);
    while started.elapsed() < BEGIN_WITHIN && !report.is_complete {
        let began = Instant::now();
        let slice = Slice::from(&mut conn, progress.next, size).await?;
        let (violations, count) = match check_slice(&mut conn, slice.players).await {
            Ok((violations, _)) => (violations, slice.count),
            Err(error) if is_too_slow(&error) => {
                sqlx::raw_sql("rollback").execute(&mut conn).await?;
                if size > 1 {
                    // Halving the size again and again would take too long.
                    size = 1;
                    continue;
                }
                // A slice of one player ends with that player's id.
                tracing::error!(
                    user.id = %slice.players.last,
                    "player not audited: a query took too long"
                );
                Metrics::new().count("AuditSkippedPlayers", 1).write();
                report.skipped += 1;
                (Vec::new(), 0)
            }
            Err(error) => return Err(error),
        };
        violations.iter().for_each(tell);
        size = next_size(size, began.elapsed());

        let violation_count = u64::try_from(violations.len()).unwrap_or(u64::MAX);
        Metrics::new()
            .count("AuditedPlayers", u64::from(count))
            .count("AuditViolations", violation_count)
            .write();
        report.players += u64::from(count);
        report.violations += violation_count;
        progress.player_count += u64::from(count);
        progress.violation_count += violation_count;
        match slice.next {
            Some(next) => progress.next = next,
            None => {
                let (players, violations) = (progress.player_count, progress.violation_count);
                tracing::info!(players, violations, "all players are audited");
                progress = Progress::NEW;
                report.is_complete = true;
            }
        }
        // Saved after each slice, so that the next run continues here if this one dies.
        progress.save(&mut conn).await?;
    }
    conn.close().await?;
    tracing::info!(players = report.players, violations = report.violations, "audited");
    Ok(report)
}

fn tell(violation: &Violation) {
    let Violation { rule, user_id, shown } = violation;
    tracing::error!(user.id = %user_id, rule, shown, "the books do not balance");
}
