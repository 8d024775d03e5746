//! Waits until no saga is live.

use std::time::Duration;

use tenjo_tests::books::Books;
use tokio::time::{Instant, sleep};

/// A saga that is live after this time is a violation.
pub(crate) const WITHIN: Duration = Duration::from_secs(90);

/// Runs that began before the faults ended usually end by themselves. After this time
/// a live saga counts as stopped.
const STOPPED_AFTER: Duration = Duration::from_secs(2);

/// How long after the faults every saga had ended; `None` if some did not. The
/// scheduled sweeper runs the stopped sagas; only their leases are ended early.
///
/// # Errors
/// The database cannot be read, although it is up.
pub(crate) async fn rest(books: &mut Books, healed: Instant) -> anyhow::Result<Option<Duration>> {
    while healed.elapsed() < WITHIN {
        if books.live_sagas().await?.is_empty() {
            return Ok(Some(healed.elapsed()));
        }
        if healed.elapsed() > STOPPED_AFTER {
            books.end_leases().await?;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(None)
}
