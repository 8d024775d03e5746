//! What a sweep came to.

use serde::Serialize;

/// What became of one saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Another sweep, or the player's own request, was first.
    Overtaken,
    /// It is complete.
    Completed,
    /// It failed, and cost nothing.
    Failed,
    /// Its run goes on, or ended too soon; it is tried again.
    StillRunning,
    /// The same, after the last of its attempts.
    GivenUp,
    /// Its run could not begin, and the next one could not either.
    Unavailable,
}

/// What a sweep found and did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Stood still.
    pub(crate) found: usize,
    /// Were run again by this sweep. The others are another sweep's, or wait
    /// for the next.
    pub(crate) leased: usize,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
    pub(crate) still_running: usize,
    pub(crate) given_up: usize,
    /// Are given up, by this sweep or any before.
    pub(crate) stuck: u64,
}

impl Report {
    pub(crate) fn count(&mut self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Overtaken | Outcome::Unavailable => return,
            Outcome::Completed => &mut self.completed,
            Outcome::Failed => &mut self.failed,
            Outcome::StillRunning => &mut self.still_running,
            Outcome::GivenUp => &mut self.given_up,
        };
        *counter += 1;
        self.leased += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sagas_that_were_run_count_as_leased() {
        for (outcome, leased) in [
            (Outcome::Overtaken, 0),
            (Outcome::Unavailable, 0),
            (Outcome::Completed, 1),
            (Outcome::Failed, 1),
            (Outcome::StillRunning, 1),
            (Outcome::GivenUp, 1),
        ] {
            let mut report = Report::default();
            report.count(outcome);
            let Report { completed, failed, still_running, given_up, .. } = report;
            assert_eq!(report.leased, leased, "{outcome:?}");
            assert_eq!(completed + failed + still_running + given_up, leased, "{outcome:?}");
        }
    }
}
