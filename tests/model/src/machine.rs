//! `gacha-saga.asl.json`: which step is called next.
//!
//! Only as much of the language as that file has; anything else is refused. A
//! test beside the stand-in for Step Functions reads the rest of it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tenjo_domain::{SagaStatus, Step};

use crate::world::Run;

const DEFINITION: &str = include_str!("../../../functions/saga/gacha-saga.asl.json");

/// What a run does after each answer and each error.
#[derive(Debug)]
pub struct Machine {
    start: Step,
    tasks: BTreeMap<Step, Task>,
}

#[derive(Debug)]
struct Task {
    retriers: Vec<Retrier>,
    /// Where any error leads that no retrier takes; `None` ends the run.
    catch: Option<Step>,
    /// Where each status leads; `None` ends the run.
    next: Vec<(SagaStatus, Option<Step>)>,
}

#[derive(Debug)]
struct Retrier {
    errors: Vec<String>,
    max_attempts: u8,
}

impl Machine {
    /// The one that runs.
    ///
    /// # Errors
    /// When it has what the model does not know.
    pub fn read() -> Result<Self> {
        let definition: Value = serde_json::from_str(DEFINITION)?;
        let states = definition["States"].as_object().context("there are no States")?;
        let mut tasks = BTreeMap::new();
        for state in states.values().filter(|state| state["Type"] == "Task") {
            tasks.insert(step(state)?, task(&definition["States"], state)?);
        }
        ensure!(Step::ALL.iter().all(|step| tasks.contains_key(step)), "a step is never called");
        let start = text(&definition, "StartAt")?;
        Ok(Self { start: step(&definition["States"][start])?, tasks })
    }

    pub(crate) const fn start(&self) -> Step {
        self.start
    }

    /// The run after its step answered; `None`: it has ended.
    pub(crate) fn after_answer(&self, run: Run, status: SagaStatus) -> Option<Run> {
        let next = self.tasks[&run.at].next.iter().find(|(at, _)| *at == status);
        next.and_then(|(_, next)| *next).map(|at| Run { at, retries: [0; 3] })
    }

    /// The run after its step failed: the step again, or where errors lead.
    pub(crate) fn after_error(&self, run: Run, error: &str) -> Option<Run> {
        let task = &self.tasks[&run.at];
        let takes = |retrier: &Retrier| {
            retrier.errors.iter().any(|name| name == error || name == "States.ALL")
        };
        let retrier = task.retriers.iter().position(takes);
        if let Some(position) = retrier
            && run.retries[position] < task.retriers[position].max_attempts
        {
            let mut retries = run.retries;
            retries[position] += 1;
            return Some(Run { retries, ..run });
        }
        task.catch.map(|at| Run { at, retries: [0; 3] })
    }
}

fn task(states: &Value, state: &Value) -> Result<Task> {
    let retriers = list(state, "Retry").map(retrier).collect::<Result<Vec<_>>>()?;
    ensure!(retriers.len() <= 3, "a run counts three retriers of a state");
    let mut catch = None;
    for catcher in list(state, "Catch") {
        ensure!(catcher["ErrorEquals"] == serde_json::json!(["States.ALL"]), "Catch takes all");
        catch = Some(step(&states[text(catcher, "Next")?])?);
    }
    let choice = &states[text(state, "Next")?];
    ensure!(choice["Type"] == "Choice", "a Choice follows each Task");
    let next = SagaStatus::ALL.iter().map(|status| Ok((*status, choose(states, choice, *status)?)));
    Ok(Task { retriers, catch, next: next.collect::<Result<_>>()? })
}

/// Where a Choice leads with this status.
fn choose(states: &Value, choice: &Value, status: SagaStatus) -> Result<Option<Step>> {
    let mut name = text(choice, "Default")?;
    for rule in list(choice, "Choices") {
        ensure!(rule["Variable"] == "$.status", "a Choice asks for the status");
        // A step that answers no status would be another program.
        if rule.get("IsPresent").is_none() && text(rule, "StringEquals")? == status.as_str() {
            name = text(rule, "Next")?;
            break;
        }
    }
    let state = &states[name];
    match text(state, "Type")? {
        "Task" => step(state).map(Some),
        "Succeed" | "Fail" => Ok(None),
        other => bail!("a Choice leads to a {other}"),
    }
}

fn retrier(value: &Value) -> Result<Retrier> {
    let errors = list(value, "ErrorEquals").filter_map(Value::as_str).map(str::to_owned).collect();
    let max_attempts = value["MaxAttempts"].as_u64().context("MaxAttempts is not a number")?;
    Ok(Retrier { errors, max_attempts: max_attempts.try_into()? })
}

/// The step that a Task calls.
fn step(state: &Value) -> Result<Step> {
    Ok(match text(state, "Resource")? {
        "${ReserveFunctionArn}" => Step::Reserve,
        "${DrawFunctionArn}" => Step::Draw,
        "${GrantFunctionArn}" => Step::Grant,
        "${RefundFunctionArn}" => Step::Refund,
        other => bail!("{other} is no step"),
    })
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().with_context(|| format!("there is no {name}"))
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_state_machine_calls_the_steps_in_their_order() {
        let machine = Machine::read().unwrap();
        let mut run = Some(Run { at: machine.start(), retries: [0; 3] });
        for (step, status) in [
            (Step::Reserve, SagaStatus::CurrencyReserved),
            (Step::Draw, SagaStatus::DrawCompleted),
            (Step::Grant, SagaStatus::Completed),
        ] {
            assert_eq!(run.map(|run| run.at), Some(step));
            run = machine.after_answer(run.unwrap(), status);
        }
        assert_eq!(run, None);
    }

    #[test]
    fn an_error_is_tried_again_as_often_as_its_retrier_says_and_then_refunded() {
        let machine = Machine::read().unwrap();
        for (error, attempts) in
            [("TryLater", 3), ("States.Timeout", 1), ("TooEarly", 1), ("Internal", 0)]
        {
            let mut run = Run { at: Step::Draw, retries: [0; 3] };
            for attempt in 0..attempts {
                run = machine.after_error(run, error).unwrap();
                assert_eq!(run.at, Step::Draw, "{error}, attempt {attempt}");
            }
            assert_eq!(machine.after_error(run, error).unwrap().at, Step::Refund, "{error}");
        }
    }
}
