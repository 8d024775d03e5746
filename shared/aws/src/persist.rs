//! Calls that are repeated while AWS cannot serve them.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};

use crate::CallError;

/// The longest pause before the second try. It doubles with each further try.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// One try.
    pub one: Duration,
    /// All tries end before this.
    pub deadline: Instant,
}

/// Makes a call, and repeats it while AWS cannot serve it.
///
/// # Errors
/// AWS refuses, or does not answer in time.
pub async fn persist<F>(patience: Patience, mut call: impl FnMut() -> F) -> Result<Bytes, CallError>
where
    F: Future<Output = Result<Bytes, CallError>>,
{
    let Patience { one, deadline } = patience;
    let mut pause = FIRST_PAUSE;
    loop {
        let end = (Instant::now() + one).min(deadline);
        let called = timeout_at(end, call()).await;
        let error = match called.unwrap_or_else(|_| Err(CallError::again("no answer in time"))) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        // Many functions may call at once. A random pause spreads their retries.
        let after = Instant::now() + rand::random_range(Duration::ZERO..pause);
        if !error.is_worth_repeating || after >= deadline {
            return Err(error);
        }
        sleep(after - Instant::now()).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}
