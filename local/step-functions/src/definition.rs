//! A state machine's definition: read, checked, and refused by name.
//!
//! The types have the supported fields and no others, so that loading fails at an
//! unknown field, state type or operator. What the types cannot express is checked
//! after that: every target exists, every state can be reached, and a wildcard
//! comes last.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::arn::FunctionArn;
use crate::choice::Rule;
use crate::error::ErrorEquals;
use crate::parameters::Parameters;
use crate::retry::Retrier;
use crate::substitution::substitute;

/// Express executions live no longer than this, whatever the definition says.
const LONGEST_EXPRESS: Duration = Duration::from_secs(300);

/// A state machine that can run.
#[derive(Debug)]
pub struct StateMachine {
    start_at: String,
    timeout: Duration,
    states: BTreeMap<String, State>,
}

/// One state.
#[derive(Debug, Deserialize)]
#[serde(tag = "Type")]
pub(crate) enum State {
    Task(Task),
    Choice(Choice),
    Succeed(#[expect(dead_code, reason = "read only to refuse what it may not have")] Succeed),
    Fail(Fail),
}

/// Calls a function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Task {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
    pub(crate) resource: FunctionArn,
    pub(crate) parameters: Option<Parameters>,
    timeout_seconds: Option<NonZeroU32>,
    #[serde(default)]
    pub(crate) retry: Vec<Retrier>,
    #[serde(default)]
    pub(crate) catch: Vec<Catcher>,
    pub(crate) next: String,
}

/// The next state after an error. It gets the same input as the failed state:
/// `ResultPath` must be null.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Catcher {
    pub(crate) error_equals: ErrorEquals,
    #[serde(rename = "ResultPath", deserialize_with = "only_null")]
    _result_path: (),
    pub(crate) next: String,
}

/// Takes the first rule that holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Choice {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
    pub(crate) choices: Vec<Rule>,
    pub(crate) default: Option<String>,
}

/// Ends with success; its input is the execution's output.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Succeed {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
}

/// Ends with failure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Fail {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
    pub(crate) error: String,
    pub(crate) cause: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RawStateMachine {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
    start_at: String,
    timeout_seconds: Option<NonZeroU32>,
    states: BTreeMap<String, Value>,
}

impl StateMachine {
    /// Reads a definition, with `substitutions` for each `${Name}` in it.
    ///
    /// # Errors
    /// Names the first element that is not supported or not consistent.
    pub fn load(text: &str, substitutions: &BTreeMap<String, String>) -> Result<Self> {
        let text = substitute(text, substitutions)?;
        let raw: RawStateMachine = serde_json::from_str(&text)?;
        let state = |(name, fields)| {
            let state = serde_json::from_value(fields)
                .with_context(|| format!("state `{name}` is refused"))?;
            Ok((name, state))
        };
        let machine = Self {
            timeout: seconds(raw.timeout_seconds)
                .map_or(LONGEST_EXPRESS, |t| t.min(LONGEST_EXPRESS)),
            states: raw.states.into_iter().map(state).collect::<Result<_>>()?,
            start_at: raw.start_at,
        };
        machine.check()?;
        Ok(machine)
    }

    /// The state that an execution begins with.
    pub(crate) fn start_at(&self) -> &str {
        &self.start_at
    }

    /// How long an execution may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A state by its name, which comes from this definition.
    pub(crate) fn state(&self, name: &str) -> &State {
        &self.states[name]
    }

    fn check(&self) -> Result<()> {
        let exists = |name: &str| self.states.contains_key(name);
        ensure!(exists(&self.start_at), "`StartAt` names `{}`, which is no state", self.start_at);
        for (name, state) in &self.states {
            state.check().with_context(|| format!("state `{name}` is refused"))?;
            for target in state.targets() {
                ensure!(exists(target), "state `{name}` leads to `{target}`, which is no state");
            }
        }
        let reachable = self.reachable();
        for name in self.states.keys() {
            ensure!(reachable.contains(name.as_str()), "state `{name}` cannot be reached");
        }
        Ok(())
    }

    fn reachable(&self) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut next = vec![self.start_at.as_str()];
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                next.extend(self.state(name).targets());
            }
        }
        seen
    }
}

impl State {
    /// The states that may come after it.
    fn targets(&self) -> Vec<&str> {
        match self {
            Self::Task(task) => {
                let caught = task.catch.iter().map(|catcher| catcher.next.as_str());
                caught.chain([task.next.as_str()]).collect()
            }
            Self::Choice(choice) => {
                let chosen = choice.choices.iter().map(|rule| rule.next.as_str());
                chosen.chain(choice.default.as_deref()).collect()
            }
            Self::Succeed(_) | Self::Fail(_) => Vec::new(),
        }
    }

    fn check(&self) -> Result<()> {
        match self {
            Self::Task(task) => {
                let retried: Vec<_> = task.retry.iter().map(|r| &r.error_equals).collect();
                let caught: Vec<_> = task.catch.iter().map(|c| &c.error_equals).collect();
                check_wildcard("Retry", &retried)?;
                check_wildcard("Catch", &caught)
            }
            Self::Choice(choice) => {
                ensure!(!choice.choices.is_empty(), "`Choices` must not be empty");
                Ok(())
            }
            Self::Succeed(_) | Self::Fail(_) => Ok(()),
        }
    }
}

impl Task {
    /// How long one call may take, if that is limited.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        seconds(self.timeout_seconds)
    }
}

fn check_wildcard(field: &str, entries: &[&ErrorEquals]) -> Result<()> {
    let wildcard = entries.iter().position(|entry| entry.is_wildcard());
    ensure!(
        wildcard.is_none_or(|at| at + 1 == entries.len()),
        "in `{field}`, `States.ALL` must come last"
    );
    Ok(())
}

fn seconds(seconds: Option<NonZeroU32>) -> Option<Duration> {
    seconds.map(|seconds| Duration::from_secs(seconds.get().into()))
}

/// A field that is required and must be null.
fn only_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(()),
        other => Err(serde::de::Error::custom(format!(
            "`ResultPath` {other} of a Catch is not supported: only null is"
        ))),
    }
}
