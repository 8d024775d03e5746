//! Scripted functions, and small state machines.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tenjo_iam::Identities;
use tenjo_step_functions::interpreter::{Outcome, run};
use tenjo_step_functions::lambda::Lambda;
use tenjo_step_functions::{ExecutionError, FunctionArn, StateMachine};
use tokio::time::{Instant, sleep};

/// What a scripted function does when it is called.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Answers.
    Answer(Value),
    /// Fails with this `errorType`.
    Error(&'static str),
    /// Never answers.
    Hang,
    /// Waits, and then does something.
    After(Duration, Box<Reply>),
}

impl Reply {
    pub(crate) fn after(seconds: f64, reply: Reply) -> Self {
        Self::After(Duration::from_secs_f64(seconds), Box::new(reply))
    }
}

/// A call that a function got.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) payload: Value,
    /// Since the script began.
    pub(crate) at: Duration,
}

/// Functions that follow a script, call by call; the last reply of a function is
/// repeated.
#[derive(Debug)]
pub(crate) struct Script {
    replies: Mutex<BTreeMap<&'static str, VecDeque<Reply>>>,
    calls: Mutex<Vec<Call>>,
    began: Instant,
}

impl Script {
    pub(crate) fn new<const N: usize>(replies: [(&'static str, Vec<Reply>); N]) -> Self {
        let replies = replies.map(|(function, replies)| (function, replies.into()));
        Self { replies: Mutex::new(replies.into()), calls: Mutex::default(), began: Instant::now() }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The names of the called functions, in order.
    pub(crate) fn called(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.function).collect()
    }

    /// When `function` was called.
    pub(crate) fn times(&self, function: &str) -> Vec<Duration> {
        self.calls().into_iter().filter(|c| c.function == function).map(|c| c.at).collect()
    }

    fn next(&self, function: &str) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        let replies = replies.get_mut(function).expect("a function that is in the script");
        if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
    }
}

impl Lambda for Script {
    async fn invoke(
        &self,
        function: &FunctionArn,
        payload: &Value,
    ) -> Result<Value, ExecutionError> {
        let function = function.name();
        let call = Call {
            function: function.to_owned(),
            payload: payload.clone(),
            at: self.began.elapsed(),
        };
        self.calls.lock().unwrap().push(call);
        let mut reply = self.next(function);
        loop {
            reply = match reply {
                Reply::Answer(answer) => return Ok(answer),
                Reply::Error(error) => return Err(ExecutionError::new(error, "scripted")),
                Reply::Hang => std::future::pending().await,
                Reply::After(delay, reply) => {
                    sleep(delay).await;
                    *reply
                }
            };
        }
    }
}

/// One who may start executions, one who may not, and the machine's own role.
pub(crate) fn identities() -> Identities {
    let identity = |key: &str, action: &str, resources: &[&str]| {
        json!({
            "access_key_id": key,
            "principal": format!("arn:aws:sts::000000000000:assumed-role/{key}Role/{key}"),
            "statements": [{ "Effect": "Allow", "Action": action, "Resource": resources }],
        })
    };
    let start = "states:StartSyncExecution";
    let document = json!([
        identity("starter", start, &["arn:aws:states:local:000000000000:stateMachine:gacha-saga"]),
        identity("other", start, &["arn:aws:states:local:000000000000:stateMachine:other"]),
        identity(
            "role",
            "lambda:InvokeFunction",
            &[
                "arn:aws:lambda:local:000000000000:function:f",
                "arn:aws:lambda:local:000000000000:function:reserve:live",
            ],
        ),
    ]);
    Identities::from_json(document).unwrap()
}

/// A machine made of these states, of which the first is `Start`.
pub(crate) fn machine(states: Value) -> StateMachine {
    load(json!({ "StartAt": "Start", "States": states })).unwrap()
}

pub(crate) fn load(definition: Value) -> anyhow::Result<StateMachine> {
    StateMachine::load(&definition.to_string(), &BTreeMap::new())
}

/// A task that calls `function`, with more fields of its own.
pub(crate) fn task(function: &str, next: &str, more: Value) -> Value {
    let mut task = json!({
        "Type": "Task",
        "Resource": format!("arn:aws:lambda:local:000000000000:function:{function}"),
        "Next": next,
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

/// Runs on `{"saga_id": "s"}`.
pub(crate) async fn execute(machine: &StateMachine, script: &Script) -> Outcome {
    run(machine, script, &json!({ "saga_id": "s" })).await
}

/// Equal, up to what tokio's clock rounds.
#[track_caller]
pub(crate) fn assert_seconds(actual: Duration, expected: f64) {
    let difference = (actual.as_secs_f64() - expected).abs();
    assert!(difference < 0.01, "{actual:?} is not {expected} s");
}
