//! The result of a sweep.

use serde::Serialize;
use tenjo_saga::Recovered;

/// How many sagas a sweep found, and what became of them.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Had stopped before their end.
    pub(crate) found: usize,
    /// Were run again by this sweep. Another sweep or a player's draw has run the
    /// others, or they wait for the next sweep.
    pub(crate) leased: usize,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
    pub(crate) still_running: usize,
    pub(crate) given_up: usize,
    /// Have started their last attempt, in this sweep or in one before.
    pub(crate) stuck: u64,
}

impl Report {
    pub(crate) fn count(&mut self, outcome: Recovered) {
        let counter = match outcome {
            Recovered::Overtaken | Recovered::Unavailable => return,
            Recovered::Completed => &mut self.completed,
            Recovered::Failed => &mut self.failed,
            Recovered::StillRunning => &mut self.still_running,
            Recovered::GivenUp => &mut self.given_up,
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
            (Recovered::Overtaken, 0),
            (Recovered::Unavailable, 0),
            (Recovered::Completed, 1),
            (Recovered::Failed, 1),
            (Recovered::StillRunning, 1),
            (Recovered::GivenUp, 1),
        ] {
            let mut report = Report::default();
            report.count(outcome);
            let Report { completed, failed, still_running, given_up, .. } = report;
            assert_eq!(report.leased, leased, "{outcome:?}");
            assert_eq!(completed + failed + still_running + given_up, leased, "{outcome:?}");
        }
    }
}
