//! A step again at once, where that can help: when two transactions conflict, the
//! database ends one of them, and a moment later it would succeed. Step Functions
//! also tries again, but only after a second, and for money.

use std::ops::RangeInclusive;
use std::time::Duration;

use tenjo_saga::Stepped;
use tokio::time::{Instant, sleep};

use crate::error::{Error, is_transient};

/// How often a step is tried in one call.
const TRIES: u32 = 3;

/// How long it pauses between, at random, so that two that met do not meet again.
const PAUSE_MS: RangeInclusive<u64> = 20..=200;

/// No other try is begun after this time. A call has five seconds, of which the
/// next try may wait three for a lock; an error that came slowly is overload
/// rather than conflict, and is left to Step Functions.
const BEGIN_WITHIN: Duration = Duration::from_secs(1);

/// What a step came to, and how often it was tried.
pub(crate) struct Tried {
    pub(crate) outcome: Result<Stepped, Error>,
    pub(crate) tries: u32,
}

/// Tries a step until it has an outcome, or an error that will not pass so soon.
/// A step is one transaction, and does nothing twice.
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

    /// Fails so often, each time after so long, then succeeds.
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
            || StepError::Books(sqlx::Error::RowNotFound),
        ] {
            assert_eq!(after(1, Duration::ZERO, error).await, (false, 1), "{}", error());
        }
    }
}
