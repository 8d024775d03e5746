//! One execution: from state to state, until a state or the timeout ends it.

use std::time::Duration;

use serde_json::Value;
use tokio::time;

use crate::definition::{Choice, State, StateMachine, Task};
use crate::error::ExecutionError;
use crate::lambda::Lambda;
use crate::path::Data;
use crate::retry::Attempts;

/// How an execution ended, with its retries and duration.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// How many times a task was tried again.
    pub retry_count: u32,
    /// From start to end.
    pub duration: Duration,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// In a Succeed state, with this output.
    Succeeded(Value),
    /// In a Fail state, or by an error that nothing caught.
    Failed(ExecutionError),
    /// By the state machine's own `TimeoutSeconds`.
    TimedOut(ExecutionError),
}

/// Runs `machine` on `input` to its end.
pub async fn run<L: Lambda>(machine: &StateMachine, lambda: &L, input: &Value) -> Outcome {
    let started = time::Instant::now();
    let mut execution = Execution { machine, lambda, input, retry_count: 0 };
    let end = match time::timeout(machine.timeout(), execution.run()).await {
        Ok(Ok(output)) => End::Succeeded(output),
        Ok(Err(error)) => End::Failed(error),
        Err(_) => End::TimedOut(ExecutionError::timeout()),
    };
    Outcome { end, retry_count: execution.retry_count, duration: started.elapsed() }
}

struct Execution<'a, L> {
    machine: &'a StateMachine,
    lambda: &'a L,
    input: &'a Value,
    retry_count: u32,
}

impl<'a, L: Lambda> Execution<'a, L> {
    async fn run(&mut self) -> Result<Value, ExecutionError> {
        let mut name = self.machine.start_at();
        let mut data = self.input.clone();
        loop {
            tracing::debug!(state = name, "entered");
            name = match self.machine.state(name) {
                State::Task(task) => {
                    let (output, next) = self.task(task, data).await?;
                    data = output;
                    next
                }
                State::Choice(choice) => self.choose(name, choice, &data)?,
                State::Succeed(_) => return Ok(data),
                State::Fail(fail) => return Err(ExecutionError::new(&fail.error, &fail.cause)),
            };
        }
    }

    /// Calls a task's function until it answers, or until an error is not retried.
    /// Returns the state's output and the next state.
    async fn task(
        &mut self,
        task: &'a Task,
        input: Value,
    ) -> Result<(Value, &'a str), ExecutionError> {
        let payload = match &task.parameters {
            Some(parameters) => parameters.payload(self.data(&input))?,
            None => input.clone(),
        };
        let mut attempts = Attempts::new(&task.retry);
        loop {
            let error = match self.call(task, &payload).await {
                Ok(answer) => return Ok((answer, &task.next)),
                Err(error) => error,
            };
            if let Some(delay) = attempts.next_delay(&error) {
                tracing::debug!(error = error.error, delay_ms = delay.as_millis(), "trying again");
                self.retry_count += 1;
                time::sleep(delay).await;
                continue;
            }
            let catcher = task.catch.iter().find(|catcher| catcher.error_equals.matches(&error));
            return match catcher {
                Some(catcher) => Ok((input, &catcher.next)),
                None => Err(error),
            };
        }
    }

    async fn call(&self, task: &Task, payload: &Value) -> Result<Value, ExecutionError> {
        let call = self.lambda.invoke(&task.resource, payload);
        match task.timeout() {
            Some(timeout) => time::timeout(timeout, call)
                .await
                .unwrap_or_else(|_| Err(ExecutionError::timeout())),
            None => call.await,
        }
    }

    fn choose(
        &self,
        name: &str,
        choice: &'a Choice,
        input: &Value,
    ) -> Result<&'a str, ExecutionError> {
        for rule in &choice.choices {
            if rule.holds(self.data(input))? {
                return Ok(&rule.next);
            }
        }
        choice.default.as_deref().ok_or_else(|| ExecutionError::no_choice_matched(name))
    }

    fn data<'d>(&self, state_input: &'d Value) -> Data<'d>
    where
        'a: 'd,
    {
        Data { state_input, execution_input: self.input }
    }
}
