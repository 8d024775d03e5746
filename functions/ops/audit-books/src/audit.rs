use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tenjo_audit::{
    Checked, Conn, Draws, Gifts, Players, Progress, Slice, Violation, check_gifts, check_slice,
    is_too_slow, next_size,
};
use tenjo_domain::Rarity;
use tenjo_metrics::Metrics;

/// How many players the first slice of a run has.
const FIRST_SIZE: u32 = 50;

/// No slice begins after this time. The function's timeout is 300 s.
const BEGIN_WITHIN: Duration = Duration::from_secs(240);

/// TiDB ends a query that takes longer, in milliseconds. Usually slices have shrunk
/// before that.
const SESSION: &str = "set max_execution_time = 20000";

/// What the function is told at start.
pub(crate) struct App {
    pub(crate) options: MySqlConnectOptions,
    /// The largest starting gift that any release gave.
    pub(crate) largest: Gifts,
}

/// The result of one run.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    players: u64,
    violations: u64,
    /// Draws that were repeated from their seeds, and those that came out otherwise.
    redrawn: u64,
    wrong_draws: u64,
    /// Players for whom a query took too long even in a slice of one. An alarm goes
    /// off.
    skipped: u64,
    /// Whether it reached the last player. The next run then starts from the first.
    is_complete: bool,
}

/// Checks players until the time is up, or the last player is checked.
pub(crate) async fn audit(app: &App) -> sqlx::Result<Report> {
    let started = Instant::now();
    // Each run opens its own connection, because runs are an hour apart.
    let mut conn: Conn = app.options.connect().await?;
    sqlx::raw_sql(SESSION).execute(&mut conn).await?;
    let mut progress = Progress::load(&mut conn).await?;
    let (mut report, mut size) = (Report::default(), FIRST_SIZE);
    while started.elapsed() < BEGIN_WITHIN && !report.is_complete {
        let began = Instant::now();
        let slice = Slice::from(&mut conn, progress.next, size).await?;
        let (violations, draws, count) = match check(&mut conn, app.largest, slice.players).await {
            Ok(checked) => (checked.violations, checked.draws, slice.count),
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
                (Vec::new(), Draws::default(), 0)
            }
            Err(error) => return Err(error),
        };
        violations.iter().for_each(tell);
        draws.wrong.iter().for_each(tell_draw);
        size = next_size(size, began.elapsed());

        let [violation_count, wrong_draws] = [violations.len(), draws.wrong.len()]
            .map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        Metrics::new()
            .count("AuditedPlayers", u64::from(count))
            .count("AuditViolations", violation_count)
            .count("AuditedDraws", draws.redrawn)
            .count("AuditWrongDraws", wrong_draws)
            .write();
        report.players += u64::from(count);
        report.violations += violation_count;
        progress.player_count += u64::from(count);
        progress.violation_count += violation_count;
        report.redrawn += draws.redrawn;
        report.wrong_draws += wrong_draws;
        progress.redrawn_count += draws.redrawn;
        for (rarity, count) in draws.void_items {
            *progress.void_items.entry(rarity).or_default() += count;
        }
        match slice.next {
            Some(next) => progress.next = next,
            None => {
                end_pass(&progress);
                progress.save_as_last_pass(&mut conn).await?;
                progress = Progress::default();
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

/// All that is checked of some players.
async fn check(conn: &mut Conn, largest: Gifts, players: Players) -> sqlx::Result<Checked> {
    let mut checked = check_slice(conn, players).await?;
    checked.violations.extend(check_gifts(conn, largest, players).await?);
    Ok(checked)
}

/// Tells what the pass over all players found. An alarm goes off if no pass has ended
/// for a day.
fn end_pass(progress: &Progress) {
    let Progress { player_count, violation_count, redrawn_count, void_items, .. } = progress;
    tracing::info!(
        players = player_count,
        violations = violation_count,
        redrawn = redrawn_count,
        void_items = ?void_items,
        "all players are audited"
    );
    Metrics::new().count("AuditPasses", 1).write();
    for rarity in Rarity::ALL {
        let count = void_items.get(rarity.as_str()).copied().unwrap_or_default();
        Metrics::new().of("Rarity", rarity.as_str()).count("VoidItems", count).write();
    }
}

fn tell_draw(violation: &Violation) {
    let Violation { rule, user_id, shown } = violation;
    tracing::error!(user.id = %user_id, rule, shown, "a draw is wrong");
}

fn tell(violation: &Violation) {
    let Violation { rule, user_id, shown } = violation;
    tracing::error!(user.id = %user_id, rule, shown, "the books do not balance");
}
