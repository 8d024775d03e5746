//! Injected faults.
//!
//! The seed and n alone decide which faults the n-th invocation of a function has,
//! counted since its faults were set. So a run can be repeated if its invocations
//! come in the same order.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

/// Chances are given in parts of this.
const WHOLE: u16 = 1000;

/// Which faults a function has, each in parts per thousand of its invocations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) function: String,
    /// The function is not called, and the caller gets an error of the service.
    #[serde(default)]
    drop_request: u16,
    /// The function answers, but the caller's connection is closed.
    #[serde(default)]
    drop_reply: u16,
    /// The function is called twice at once; the caller gets one answer.
    #[serde(default)]
    duplicate: u16,
    /// The function is called later, by a time in `delay_ms`.
    #[serde(default)]
    delay: u16,
    #[serde(default)]
    delay_ms: [u64; 2],
    /// The process is killed at a time in `kill_after_ms` after it got the
    /// invocation, unless it has answered by then.
    #[serde(default)]
    kill: u16,
    #[serde(default = "default_kill_after_ms")]
    kill_after_ms: [u64; 2],
    #[serde(default)]
    seed: u64,
}

/// About the duration of a short step.
fn default_kill_after_ms() -> [u64; 2] {
    [0, 10]
}

impl Plan {
    /// # Errors
    /// Names the value that is wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let chances = [
            ("drop_request", self.drop_request),
            ("drop_reply", self.drop_reply),
            ("duplicate", self.duplicate),
            ("delay", self.delay),
            ("kill", self.kill),
        ];
        if let Some((name, _)) = chances.iter().find(|(_, chance)| *chance > WHOLE) {
            return Err(format!("`{name}` is more than {WHOLE} parts per thousand"));
        }
        let ranges = [("delay_ms", self.delay_ms), ("kill_after_ms", self.kill_after_ms)];
        match ranges.iter().find(|(_, [least, most])| least > most) {
            Some((name, _)) => Err(format!("`{name}` ends before it begins")),
            None => Ok(()),
        }
    }
}

/// What happens to one invocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) delay: Option<Duration>,
    pub(crate) drop_request: bool,
    pub(crate) duplicate: bool,
    pub(crate) kill_after: Option<Duration>,
    pub(crate) drop_reply: bool,
}

/// A fault that occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Delay,
    DropRequest,
    Duplicate,
    Kill,
    DropReply,
}

/// The faults of a function.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Faults {
    plan: Plan,
    /// How many invocations have been decided.
    decisions: u64,
    /// How many faults occurred.
    counts: BTreeMap<Kind, u64>,
}

impl Faults {
    /// Starts again at the first invocation, with other faults.
    pub(crate) fn new(plan: Plan) -> Self {
        Self { plan, ..Self::default() }
    }

    /// Whether any faults were ever set.
    pub(crate) fn are_set(&self) -> bool {
        !self.plan.function.is_empty()
    }

    pub(crate) fn count(&mut self, kind: Kind) {
        *self.counts.entry(kind).or_default() += 1;
    }

    /// Decides the faults of the next invocation.
    pub(crate) fn decide(&mut self) -> Decision {
        if !self.are_set() {
            return Decision::default();
        }
        let decision = decide(&self.plan, self.decisions);
        self.decisions += 1;
        decision
    }
}

/// Draws all random values every time, so that a change of one chance does not
/// change the decisions of the others.
fn decide(plan: &Plan, number: u64) -> Decision {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&plan.seed.to_le_bytes());
    seed[8..16].copy_from_slice(&number.to_le_bytes());
    let mut random = StdRng::from_seed(seed);
    let mut happens = |chance: u16| random.random_range(0..WHOLE) < chance;
    let drop_request = happens(plan.drop_request);
    let drop_reply = happens(plan.drop_reply);
    let duplicate = happens(plan.duplicate);
    let delay = happens(plan.delay);
    let kill = happens(plan.kill);
    let mut within =
        |[least, most]: [u64; 2]| Duration::from_millis(random.random_range(least..=most));
    let (delay_by, kill_after) = (within(plan.delay_ms), within(plan.kill_after_ms));
    Decision {
        delay: delay.then_some(delay_by),
        drop_request,
        duplicate,
        kill_after: kill.then_some(kill_after),
        drop_reply,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(json: &str) -> Plan {
        serde_json::from_str(json).unwrap()
    }

    fn decisions(plan: Plan, count: usize) -> Vec<Decision> {
        let mut faults = Faults::new(plan);
        std::iter::repeat_with(|| faults.decide()).take(count).collect()
    }

    #[test]
    fn a_seed_decides_the_same_every_time_and_another_seed_otherwise() {
        let all = |seed: u64| {
            plan(&format!(
                r#"{{"function": "f", "drop_request": 300, "drop_reply": 300, "duplicate": 300,
                    "delay": 300, "delay_ms": [1, 50], "kill": 300, "seed": {seed}}}"#
            ))
        };
        assert_eq!(decisions(all(7), 200), decisions(all(7), 200));
        assert_ne!(decisions(all(7), 200), decisions(all(8), 200));
    }

    #[test]
    fn a_chance_comes_true_as_often_as_it_says() {
        for (chance, least, most) in [(0, 0, 0), (100, 60, 140), (1000, 1000, 1000)] {
            let plan = plan(&format!(r#"{{"function": "f", "drop_reply": {chance}}}"#));
            let dropped = decisions(plan, 1000).iter().filter(|d| d.drop_reply).count();
            assert!((least..=most).contains(&dropped), "{chance}: {dropped}");
        }
    }

    #[test]
    fn another_chance_leaves_the_first_as_it_was() {
        let one = decisions(plan(r#"{"function": "f", "kill": 500}"#), 100);
        let two = decisions(plan(r#"{"function": "f", "kill": 500, "drop_reply": 500}"#), 100);
        let kills =
            |decisions: &[Decision]| -> Vec<_> { decisions.iter().map(|d| d.kill_after).collect() };
        assert_eq!(kills(&one), kills(&two));
    }

    #[test]
    fn what_is_no_plan_is_refused_by_name() {
        for (json, refusal) in [
            (r#"{"function": "f", "kill": 1001}"#, "`kill` is more than 1000 parts per thousand"),
            (r#"{"function": "f", "delay_ms": [2, 1]}"#, "`delay_ms` ends before it begins"),
        ] {
            assert_eq!(plan(json).check().unwrap_err(), refusal);
        }
        assert_eq!(plan(r#"{"function": "f", "kill": 1000, "delay_ms": [2, 2]}"#).check(), Ok(()));
    }
}
