//! Waits until no saga is live.

use std::time::Duration;

use tenjo_tests::books::Books;
use tokio::time::{Instant, sleep};

/// After this, what still stands will stand for ever.
pub(crate) const WITHIN: Duration = Duration::from_secs(90);

/// Runs that were begun before the healing come to their end by themselves;
/// after this, what stands is taken to stand still.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(2);

/// How long after the healing every saga had come to its end; `None` if some
/// never did. What stands still is left to the sweeper, which comes round by itself;
/// only the minutes that it gives a healthy run are cut short.
///
/// # Errors
/// The database cannot be asked, though it is up.
pub(crate) async fn rest(books: &mut Books, healed: Instant) -> anyhow::Result<Option<Duration>> {
    while healed.elapsed() < WITHIN {
        if books.live_sagas().await?.is_empty() {
            return Ok(Some(healed.elapsed()));
        }
        if healed.elapsed() > STANDS_STILL_AFTER {
            books.end_leases().await?;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(None)
}
