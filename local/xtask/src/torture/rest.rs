//! Waits until no saga is live.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::http::Lambda;

use super::books::Books;

/// After this, what still stands will stand for ever.
pub(crate) const WITHIN: Duration = Duration::from_secs(90);

/// Runs that were begun before the healing come to their end by themselves;
/// after this, what stands is taken to stand still.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(2);

/// So many sagas are run at once: as many as `recover-sagas` has processes for.
const AT_ONCE: usize = 2;

/// How long it took until every saga had come to its end; `None` if some never
/// did.
///
/// # Errors
/// The database cannot be asked, though it is up.
pub(crate) async fn rest(books: &mut Books, lambda: Lambda) -> anyhow::Result<Option<Duration>> {
    let began = Instant::now();
    while began.elapsed() < WITHIN {
        let live = books.live_sagas().await?;
        if live.is_empty() {
            return Ok(Some(began.elapsed()));
        }
        if began.elapsed() < STANDS_STILL_AFTER {
            sleep(Duration::from_millis(100)).await;
            continue;
        }
        for some in live.chunks(AT_ONCE) {
            let runs: JoinSet<_> = some.iter().map(|id| recover(lambda, *id)).collect();
            runs.join_all().await;
        }
    }
    Ok(None)
}

/// Has the sweeper run a saga that stands still, now: by itself it would wait
/// until no healthy run can be under way, which is for three minutes. What comes
/// of it is seen in the database; a saga that ended meanwhile is refused.
async fn recover(lambda: Lambda, saga_id: Uuid) {
    let _ = timeout(WITHIN, lambda.invoke("recover-sagas", &json!({ "saga_id": saga_id }))).await;
}
