//! The states language, on small machines.

use std::time::Duration;

use serde_json::{Value, json};
use tenjo_step_functions::interpreter::{End, run};

use crate::support::{Reply, Script, assert_seconds, execute, load, machine, task};

fn succeed() -> Value {
    json!({ "Type": "Succeed" })
}

fn fail(error: &str) -> Value {
    json!({ "Type": "Fail", "Error": error, "Cause": "the cause" })
}

fn answer(value: Value) -> Vec<Reply> {
    vec![Reply::Answer(value)]
}

fn errors<const N: usize>(names: [&'static str; N]) -> Vec<Reply> {
    names.map(Reply::Error).into()
}

/// The name of the error that ended an execution, or its output.
fn result(end: &End) -> String {
    match end {
        End::Succeeded(output) => output.to_string(),
        End::Failed(error) | End::TimedOut(error) => error.error.clone(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_tasks_answer_is_the_next_states_input_and_the_last_is_the_output() {
    let machine = machine(json!({
        "Start": task("first", "Second", json!({})),
        "Second": task("second", "Done", json!({})),
        "Done": succeed(),
    }));
    let script = Script::new([("first", answer(json!([1]))), ("second", answer(json!("end")))]);
    let outcome = execute(&machine, &script).await;
    assert_eq!(outcome.end, End::Succeeded(json!("end")));
    let payloads: Vec<_> = script.calls().into_iter().map(|call| call.payload).collect();
    assert_eq!(payloads, [json!({ "saga_id": "s" }), json!([1])]);
}

#[tokio::test(start_paused = true)]
async fn parameters_select_from_both_inputs() {
    let parameters = json!({
        "constant": 7,
        "all.$": "$",
        "now.$": "$.a.b",
        "first.$": "$$.Execution.Input.saga_id",
    });
    let machine = machine(json!({
        "Start": task("first", "Second", json!({})),
        "Second": task("second", "Done", json!({ "Parameters": parameters })),
        "Done": succeed(),
    }));
    let first = json!({ "a": { "b": [true] } });
    let script = Script::new([("first", answer(first.clone())), ("second", answer(json!(1)))]);
    execute(&machine, &script).await;
    let expected = json!({ "constant": 7, "all": first, "now": [true], "first": "s" });
    assert_eq!(script.calls()[1].payload, expected);
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_is_not_there_ends_the_execution_uncaught() {
    let machine = machine(json!({
        "Start": task("f", "Done", json!({
            "Parameters": { "id.$": "$.missing" },
            "Retry": [{ "ErrorEquals": ["States.ALL"] }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Done" }],
        })),
        "Done": succeed(),
    }));
    let script = Script::new([("f", answer(json!(1)))]);
    let outcome = execute(&machine, &script).await;
    assert_eq!(result(&outcome.end), "States.Runtime");
    assert!(script.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn retries_wait_longer_each_time_up_to_the_longest_delay() {
    let retry = json!([{
        "ErrorEquals": ["E"],
        "IntervalSeconds": 2,
        "BackoffRate": 3,
        "MaxDelaySeconds": 10,
        "MaxAttempts": 4,
    }]);
    let machine = machine(json!({
        "Start": task("f", "Done", json!({ "Retry": retry })),
        "Done": succeed(),
    }));
    let script = Script::new([("f", errors(["E"]))]);
    let outcome = execute(&machine, &script).await;
    assert_eq!(result(&outcome.end), "E");
    assert_eq!(outcome.retry_count, 4);
    for (at, expected) in script.times("f").into_iter().zip([0.0, 2.0, 8.0, 18.0, 28.0]) {
        assert_seconds(at, expected);
    }
    assert_eq!(script.times("f").len(), 5);
}

#[tokio::test(start_paused = true)]
async fn without_more_words_a_retrier_tries_three_times_after_1_2_and_4_seconds() {
    let machine = machine(json!({
        "Start": task("f", "Done", json!({ "Retry": [{ "ErrorEquals": ["States.ALL"] }] })),
        "Done": succeed(),
    }));
    let outcome = execute(&machine, &Script::new([("f", errors(["E"]))])).await;
    assert_eq!(outcome.retry_count, 3);
    assert_seconds(outcome.duration, 7.0);
}

#[tokio::test(start_paused = true)]
async fn full_jitter_waits_up_to_the_delay_and_not_always_the_same() {
    let retry = json!([{
        "ErrorEquals": ["E"],
        "IntervalSeconds": 10,
        "BackoffRate": 1,
        "MaxAttempts": 20,
        "JitterStrategy": "FULL",
    }]);
    let machine = machine(json!({
        "Start": task("f", "Done", json!({ "Retry": retry })),
        "Done": succeed(),
    }));
    let script = Script::new([("f", errors(["E"]))]);
    execute(&machine, &script).await;
    let times = script.times("f");
    let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(waits.len(), 20);
    assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(10_002)), "{waits:?}");
    // Twenty draws from 0 to 10 s leave one half empty once in 500,000 runs.
    assert!(waits.iter().any(|wait| *wait < Duration::from_secs(5)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait > Duration::from_secs(5)), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn each_retrier_counts_its_own_attempts() {
    let machine = machine(json!({
        "Start": task("f", "Done", json!({ "Retry": [
            { "ErrorEquals": ["A"], "MaxAttempts": 1 },
            { "ErrorEquals": ["B", "C"], "MaxAttempts": 2 },
        ] })),
        "Done": succeed(),
    }));
    for (replies, end, retry_count) in [
        (errors(["A", "B", "C", "A"]), "A", 3),
        (errors(["B", "C", "B"]), "B", 2),
        (errors(["A", "A"]), "A", 1),
        (errors(["D"]), "D", 0),
    ] {
        let outcome = execute(&machine, &Script::new([("f", replies)])).await;
        assert_eq!((result(&outcome.end).as_str(), outcome.retry_count), (end, retry_count));
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_retrier_that_matches_decides_even_to_try_no_more() {
    let machine = machine(json!({
        "Start": task("f", "Done", json!({ "Retry": [
            { "ErrorEquals": ["A"], "MaxAttempts": 0 },
            { "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 },
        ] })),
        "Done": succeed(),
    }));
    for (error, retry_count) in [("A", 0), ("B", 1)] {
        let outcome = execute(&machine, &Script::new([("f", errors([error]))])).await;
        assert_eq!(outcome.retry_count, retry_count);
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_entered_again_has_all_its_retries_again() {
    let machine = machine(json!({
        "Start": task("f", "Again?", json!({
            "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }],
        })),
        "Again?": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$", "StringEquals": "again", "Next": "Start" }],
            "Default": "Done",
        },
        "Done": succeed(),
    }));
    let mut replies = errors(["E"]);
    replies.extend(answer(json!("again")));
    replies.extend(errors(["E"]));
    replies.extend(answer(json!("done")));
    let outcome = execute(&machine, &Script::new([("f", replies)])).await;
    assert_eq!(outcome.end, End::Succeeded(json!("done")));
    assert_eq!(outcome.retry_count, 2);
}

#[tokio::test(start_paused = true)]
async fn the_first_catcher_that_matches_leads_on_with_the_input_of_the_state() {
    let catcher =
        |names: Value, next| json!({ "ErrorEquals": names, "ResultPath": null, "Next": next });
    let machine = machine(json!({
        "Start": task("f", "Done", json!({
            "Parameters": { "other": 1 },
            "TimeoutSeconds": 1,
            "Catch": [
                catcher(json!(["A", "B"]), "First"),
                catcher(json!(["States.TaskFailed"]), "Second"),
                catcher(json!(["States.ALL"]), "Third"),
            ],
        })),
        "First": task("first", "Done", json!({})),
        "Second": task("second", "Done", json!({})),
        "Third": task("third", "Done", json!({})),
        "Done": succeed(),
    }));
    for (reply, handler) in [
        (Reply::Error("A"), "first"),
        (Reply::Error("B"), "first"),
        (Reply::Error("C"), "second"),
        (Reply::Hang, "third"),
    ] {
        let handlers = answer(json!("handled"));
        let script = Script::new([
            ("f", vec![reply]),
            ("first", handlers.clone()),
            ("second", handlers.clone()),
            ("third", handlers),
        ]);
        let outcome = execute(&machine, &script).await;
        assert_eq!(outcome.end, End::Succeeded(json!("handled")));
        assert_eq!(script.called(), ["f", handler]);
        assert_eq!(script.calls()[1].payload, json!({ "saga_id": "s" }));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_caught_only_once_its_retries_are_used_up() {
    let machine = machine(json!({
        "Start": task("f", "Done", json!({
            "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 2 }],
            "Catch": [{ "ErrorEquals": ["E"], "ResultPath": null, "Next": "Bad" }],
        })),
        "Done": succeed(),
        "Bad": fail("Bad"),
    }));
    let outcome = execute(&machine, &Script::new([("f", errors(["E"]))])).await;
    assert_eq!((result(&outcome.end).as_str(), outcome.retry_count), ("Bad", 2));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_nothing_catches_ends_the_execution_with_its_name_and_cause() {
    let machine = machine(json!({ "Start": task("f", "Done", json!({})), "Done": succeed() }));
    let outcome = execute(&machine, &Script::new([("f", errors(["E"]))])).await;
    let End::Failed(error) = outcome.end else { panic!("{:?}", outcome.end) };
    assert_eq!((error.error.as_str(), error.cause.as_deref()), ("E", Some("scripted")));
}

#[tokio::test(start_paused = true)]
async fn a_fail_state_ends_with_its_error_and_cause() {
    let outcome = execute(&machine(json!({ "Start": fail("Bad") })), &Script::new([])).await;
    let End::Failed(error) = outcome.end else { panic!("{:?}", outcome.end) };
    assert_eq!((error.error.as_str(), error.cause.as_deref()), ("Bad", Some("the cause")));
}

#[tokio::test(start_paused = true)]
async fn choices_take_the_first_rule_that_holds_or_the_default() {
    let machine = machine(json!({
        "Start": {
            "Type": "Choice",
            "Choices": [
                { "Variable": "$.s", "IsPresent": false, "Next": "Absent" },
                { "Variable": "$.s", "StringEquals": "a", "Next": "First" },
                { "Variable": "$.s", "StringEquals": "a", "Next": "Second" },
                { "Variable": "$.s", "StringEquals": "b", "Next": "Second" },
                { "Variable": "$.t", "IsPresent": true, "Next": "Present" },
            ],
            "Default": "Other",
        },
        "Absent": fail("Absent"),
        "First": fail("First"),
        "Second": fail("Second"),
        "Present": fail("Present"),
        "Other": fail("Other"),
    }));
    for (input, end) in [
        (json!({}), "Absent"),
        (json!([]), "Absent"),
        (json!({ "s": "a" }), "First"),
        (json!({ "s": "b", "t": 1 }), "Second"),
        (json!({ "s": "A" }), "Other"),
        (json!({ "s": 1 }), "Other"),
        (json!({ "s": null }), "Other"),
        (json!({ "s": null, "t": null }), "Present"),
    ] {
        let outcome = run(&machine, &Script::new([]), &input).await;
        assert_eq!(result(&outcome.end), end, "{input}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_choice_without_a_match_or_without_its_value_ends_the_execution() {
    let machine = machine(json!({
        "Start": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.s", "StringEquals": "a", "Next": "Done" }],
        },
        "Done": succeed(),
    }));
    for (input, end) in
        [(json!({ "s": "b" }), "States.NoChoiceMatched"), (json!({}), "States.Runtime")]
    {
        let outcome = run(&machine, &Script::new([]), &input).await;
        assert_eq!(result(&outcome.end), end);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_takes_too_long_fails_by_timeout_and_is_tried_again_as_any_error() {
    let machine = machine(json!({
        "Start": task("f", "Done", json!({
            "TimeoutSeconds": 3,
            "Retry": [{ "ErrorEquals": ["States.Timeout"], "MaxAttempts": 1 }],
        })),
        "Done": succeed(),
    }));
    let late = Reply::after(3.1, Reply::Answer(json!("late")));
    let in_time = Reply::after(2.9, Reply::Answer(json!("in time")));
    for (replies, end, seconds) in [
        (vec![late.clone(), in_time.clone()], "\"in time\"", 3.0 + 1.0 + 2.9),
        (vec![late], "States.Timeout", 3.0 + 1.0 + 3.0),
        (vec![in_time], "\"in time\"", 2.9),
    ] {
        let outcome = execute(&machine, &Script::new([("f", replies)])).await;
        assert_eq!(result(&outcome.end), end);
        assert!(!matches!(outcome.end, End::TimedOut(_)));
        assert_seconds(outcome.duration, seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn the_whole_execution_times_out_even_between_two_tries_and_nothing_catches_that() {
    let machine = load(json!({
        "StartAt": "Start",
        "TimeoutSeconds": 4,
        "States": {
            "Start": task("f", "Done", json!({
                "Retry": [{ "ErrorEquals": ["E"], "IntervalSeconds": 3 }],
                "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Done" }],
            })),
            "Done": succeed(),
        },
    }))
    .unwrap();
    for replies in [errors(["E"]), vec![Reply::Hang]] {
        let outcome = execute(&machine, &Script::new([("f", replies)])).await;
        assert!(matches!(outcome.end, End::TimedOut(_)));
        assert_eq!(result(&outcome.end), "States.Timeout");
        assert_seconds(outcome.duration, 4.0);
    }
}

#[tokio::test(start_paused = true)]
async fn no_express_execution_lives_longer_than_five_minutes() {
    for limit in [json!(null), json!(301)] {
        let machine = load(json!({
            "StartAt": "Start",
            "TimeoutSeconds": limit,
            "States": { "Start": task("f", "Done", json!({})), "Done": succeed() },
        }))
        .unwrap();
        let outcome = execute(&machine, &Script::new([("f", vec![Reply::Hang])])).await;
        assert_seconds(outcome.duration, 300.0);
    }
}
