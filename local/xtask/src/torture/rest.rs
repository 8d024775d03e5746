//! Waits until no saga is live.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::header::CONTENT_TYPE;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::environment::STATE_MACHINE_ARN;

use super::books::Books;

/// After this, what still stands will stand for ever.
pub(crate) const WITHIN: Duration = Duration::from_secs(90);

/// Runs that were begun before the healing come to their end by themselves;
/// after this, what stands is taken to stand still.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(2);

/// So many sagas are run at once.
const AT_ONCE: usize = 8;

/// How long it took until every saga had come to its end; `None` if some never
/// did.
///
/// # Errors
/// The database cannot be asked, though it is up.
pub(crate) async fn rest(
    books: &mut Books,
    step_functions: &str,
) -> anyhow::Result<Option<Duration>> {
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
            let runs: JoinSet<_> =
                some.iter().map(|id| recover(step_functions.to_owned(), *id)).collect();
            runs.join_all().await;
        }
    }
    Ok(None)
}

/// Runs a saga that stands still, as `recover-sagas` does. That function waits
/// for three minutes before it takes a saga to stand still, which is longer than
/// this may last. What becomes of the run is seen in the database.
async fn recover(step_functions: String, saga_id: Uuid) {
    let body = json!({
        "stateMachineArn": STATE_MACHINE_ARN,
        "input": json!({ "saga_id": saga_id }).to_string(),
    });
    let request = Request::post(step_functions)
        .header("X-Amz-Target", "AWSStepFunctions.StartSyncExecution")
        .header(CONTENT_TYPE, "application/x-amz-json-1.0")
        .body(Full::new(Bytes::from(body.to_string())));
    let Ok(request) = request else { return };
    let client = Client::builder(TokioExecutor::new()).build_http();
    if let Ok(response) = client.request(request).await {
        // To wait for the answer is to wait for the end of the run.
        let _ = response.into_body().collect().await;
    }
}
