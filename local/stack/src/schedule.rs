//! Scheduled functions: stands in for EventBridge Scheduler.
//!
//! In AWS each of these has a `ScheduleV2` event in `template.yaml`. Here they run
//! more often, because on one machine nobody wants to wait for minutes.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::http::Lambda;

/// Part of the Lambda service's answer for a function that is being built. Somebody
/// who edits it knows that, so it is not reported.
const BEING_BUILT: &str = "being built";

/// A scheduled function.
struct Scheduled {
    name: &'static str,
    /// The time between two calls.
    every: Duration,
    /// How long a call may take: the timeout in `template.yaml`, and the time to start
    /// the function again if it died.
    answer_within: Duration,
    /// Whether a first draw needs its work.
    is_needed_at_start: bool,
}

const SCHEDULED: [Scheduled; 6] = [
    Scheduled {
        name: "rotate-seeds",
        every: Duration::from_secs(2),
        answer_within: Duration::from_secs(15),
        is_needed_at_start: true,
    },
    Scheduled {
        name: "recover-sagas",
        every: Duration::from_secs(3),
        answer_within: Duration::from_secs(65),
        is_needed_at_start: false,
    },
    Scheduled {
        name: "expire-paid-gems",
        every: Duration::from_secs(30),
        answer_within: Duration::from_secs(65),
        is_needed_at_start: false,
    },
    Scheduled {
        name: "delete-players",
        every: Duration::from_secs(30),
        answer_within: Duration::from_secs(65),
        is_needed_at_start: false,
    },
    Scheduled {
        name: "reconcile-purchases",
        every: Duration::from_secs(5),
        answer_within: Duration::from_secs(65),
        is_needed_at_start: false,
    },
    Scheduled {
        name: "audit-books",
        every: Duration::from_secs(60),
        answer_within: Duration::from_secs(305),
        is_needed_at_start: false,
    },
];

/// The scheduled functions that must have run before a first draw.
pub(crate) fn needed_at_start() -> impl Iterator<Item = &'static str> {
    SCHEDULED
        .iter()
        .filter(|scheduled| scheduled.is_needed_at_start)
        .map(|scheduled| scheduled.name)
}

/// Invokes each of them again and again, until the set is dropped.
pub(crate) fn keep(lambda: Lambda) -> JoinSet<Infallible> {
    SCHEDULED.iter().map(|scheduled| repeat(lambda, scheduled)).collect()
}

/// A call that fails does not end this: the next one makes up for it, as in AWS. Of
/// several failures in a row only the first is printed.
async fn repeat(lambda: Lambda, scheduled: &'static Scheduled) -> Infallible {
    let name = scheduled.name;
    // The functions that a first draw needs have run already; the others can wait.
    let mut ticks = interval_at(Instant::now() + scheduled.every, scheduled.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failed = false;
    loop {
        ticks.tick().await;
        let called = timeout(scheduled.answer_within, lambda.invoke(name, &json!({}))).await;
        let called = called.context("no answer").flatten();
        if let Err(error) = &called
            && !failed
            && !format!("{error:#}").contains(BEING_BUILT)
        {
            eprintln!("the scheduled function {name} failed, and is called again: {error:#}");
        }
        failed = called.is_err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of `template.yaml` that have a schedule.
    fn scheduled_in(template: &str) -> Vec<&str> {
        let mut function = "";
        let mut scheduled = Vec::new();
        for line in template.lines().map(str::trim) {
            if let Some(folder) = line.strip_prefix("CodeUri: ") {
                function = folder.rsplit('/').next().unwrap();
            } else if line == "Type: ScheduleV2" {
                scheduled.push(function);
            }
        }
        scheduled
    }

    #[test]
    fn what_runs_by_itself_in_aws_runs_by_itself_here() {
        let template = std::fs::read_to_string(crate::place::root().join("template.yaml")).unwrap();
        let here: Vec<&str> = SCHEDULED.iter().map(|scheduled| scheduled.name).collect();
        assert_eq!(here, scheduled_in(&template));
    }
}
