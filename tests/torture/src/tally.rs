//! Counts of what happened, shared by all players and faults.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::client::{Answer, Asked};

/// No request may take longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many violations are kept. More would add no information.
const TOLD: usize = 50;

/// Counts, and violations.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// By kind of request and outcome.
    pub(crate) outcomes: BTreeMap<(&'static str, String), u64>,
    pub(crate) faults: BTreeMap<String, u64>,
    /// How many requests took longer than they may.
    pub(crate) too_slow: u64,
    /// How long each draw waited for its answer.
    pub(crate) draws: Vec<Duration>,
    pub(crate) violations: Vec<String>,
    pub(crate) violation_count: usize,
    /// The ids of requests that were answered 500.
    pub(crate) failed_requests: Vec<String>,
}

impl Tally {
    /// An answer, or none.
    pub(crate) fn heard(&self, asked: Asked, answer: Option<&Answer>, waited: Duration) {
        let outcome = match answer {
            None => "no answer".to_owned(),
            Some(answer) => format!("{} {}", answer.status, answer.code),
        };
        // A 500 without a code is Lambda's own, for a call that it lost.
        if let Some(Answer { status: 500, code, request_id, .. }) = answer
            && !code.is_empty()
        {
            let name = asked.name();
            self.violation(format!(
                "{name} was answered 500 {code}: our bug (request {request_id})"
            ));
            let mut counts = self.counts();
            if counts.failed_requests.len() < TOLD && !request_id.is_empty() {
                counts.failed_requests.push(request_id.clone());
            }
        }
        if let Some(Answer { status, code, has_retry_after: false, .. }) = answer
            && (*status == 429 || code == "try_later")
        {
            self.violation(format!("{}: try later, but not when", asked.name()));
        }
        let mut counts = self.counts();
        counts.too_slow += u64::from(waited > PATIENCE);
        *counts.outcomes.entry((asked.name(), outcome)).or_default() += 1;
        if asked == Asked::Draw {
            counts.draws.push(waited);
        }
    }

    /// A fault occurred `count` times.
    pub(crate) fn fault(&self, kind: impl Into<String>, count: u64) {
        *self.counts().faults.entry(kind.into()).or_default() += count;
    }

    /// Something that must never happen.
    pub(crate) fn violation(&self, what: String) {
        let mut counts = self.counts();
        counts.violation_count += 1;
        if counts.violations.len() < TOLD {
            counts.violations.push(what);
        }
    }

    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value below which this many percent of the sorted values are.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_there() {
        let values: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        for (percent, expected_ms) in [(0, 1), (50, 51), (99, 100), (100, 100)] {
            assert_eq!(percentile(&values, percent), Duration::from_millis(expected_ms));
        }
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
