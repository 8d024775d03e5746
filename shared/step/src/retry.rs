//! Retries a step within one call. When two transactions conflict, the database
//! aborts one of them, and a retry shortly after usually succeeds. Step Functions
//! retries too, but waits for up to a second, and charges for the extra call.

use std::ops::RangeInclusive;
use std::time::Duration;

use tenjo_saga::Stepped;
use tokio::time::{Instant, sleep};

use crate::error::{Error, is_transient};

/// How often a step is tried in one call, at most.
const TRIES: u32 = 3;

/// The pause between two tries. It is random, so that two transactions that
/// conflicted are unlikely to conflict again.
const PAUSE_MS: RangeInclusive<u64> = 20..=200;

/// No further try begins after this time. A call has five seconds, of which the
/// next try may wait three for a lock. A slow error is a sign of overload rather
/// than of a conflict, and Step Functions handles it.
const BEGIN_WITHIN: Duration = Duration::from_secs(1);

/// The outcome of a step, and how often it was tried.
pub(crate) struct Tried {
    pub(crate) outcome: Result<Stepped, Error>,
    pub(crate) tries: u32,
}

/// Tries a step until it succeeds, fails with an error that is not transient, or
/// has used up its tries or its time. Retrying is safe: a step is one transaction
/// and does nothing twice.
pub(crate) async fn persist<F>(mut step: impl FnMut() -> F) -> Tried
where
    F: Future<Output = Result<Stepped, Error>>,
{
    let started = Instant::now();
    let mut tries = 1;
    loop {
        let outcome = step().await;
        let passes = outcome.as_ref().is_err_and(is_transient);
        if !passes || tries == TRIES || started.elapsed() > BEGIN_WITHIN {
            return Tried { outcome, tries };
        }
        sleep(Duration::from_millis(rand::random_range(PAUSE_MS))).await;
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use tenjo_domain::SagaStatus;
    use tenjo_saga::StepError;

    use super::*;

    fn conflict() -> Error {
        StepError::Books(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()))
    }

    /// Fails `failures` times, each time after `each`, and then succeeds.
    async fn after(failures: u32, each: Duration, error: fn() -> Error) -> (bool, u32) {
        let mut calls = 0;
        let tried = persist(|| {
            calls += 1;
            let fails = calls <= failures;
            async move {
                sleep(each).await;
                if fails { Err(error()) } else { Ok(Stepped::Answered(SagaStatus::Completed)) }
            }
        })
        .await;
        assert_eq!(tried.tries, calls);
        (tried.outcome.is_ok(), tried.tries)
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_is_tried_again_a_few_times_and_not_for_long() {
        let (fast, slow) = (Duration::from_millis(5), Duration::from_millis(1100));
        for (failures, each, expected) in [
            (0, fast, (true, 1)),
            (1, fast, (true, 2)),
            (2, fast, (true, 3)),
            (3, fast, (false, 3)),
            (1, slow, (false, 1)), // it would be too late for another
        ] {
            let found = after(failures, each, conflict).await;
            assert_eq!(found, expected, "{failures} failures of {each:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_pass_is_not_tried_again() {
        for error in [
            || StepError::SagaNotFound,
            || StepError::TooEarly(SagaStatus::Started),
            || StepError::Broken("a bug".to_owned()),
            || StepError::Books(sqlx::Error::ColumnNotFound("a".to_owned())),
        ] {
            assert_eq!(after(1, Duration::ZERO, error).await, (false, 1), "{}", error());
        }
    }
}
