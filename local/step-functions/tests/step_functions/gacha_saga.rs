//! The real `gacha-saga.asl.json`, with scripted steps.

use std::time::Duration;

use serde_json::{Value, json};
use tenjo_step_functions::StateMachine;
use tenjo_step_functions::interpreter::{End, Outcome};

use crate::support::{Reply, Script, assert_seconds, execute};

const DEFINITION: &str = include_str!("../../../../functions/saga/gacha-saga.asl.json");

/// The latest time of the first call of Refund, so that one whole call fits into the
/// 150 s of the execution.
const LATEST_REFUND: Duration = Duration::from_secs(145);

fn gacha_saga() -> StateMachine {
    let functions = ["Reserve", "Draw", "Grant", "Refund"].map(|step| {
        let function = step.to_lowercase();
        let arn = format!("arn:aws:lambda:local:000000000000:function:{function}");
        (format!("{step}FunctionArn"), arn)
    });
    StateMachine::load(DEFINITION, &functions.into()).unwrap()
}

fn status(status: &str) -> Reply {
    Reply::Answer(json!({ "saga_id": "s", "status": status }))
}

/// Every step does its work at once, unless the script has other replies.
fn script<const N: usize>(others: [(&'static str, Vec<Reply>); N]) -> Script {
    let mut replies = [
        ("reserve", vec![status("CURRENCY_RESERVED")]),
        ("draw", vec![status("DRAW_COMPLETED")]),
        ("grant", vec![status("COMPLETED")]),
        ("refund", vec![status("FAILED")]),
    ];
    for (step, other) in others {
        replies.iter_mut().find(|(name, _)| *name == step).unwrap().1 = other;
    }
    Script::new(replies)
}

#[track_caller]
fn assert_succeeded(outcome: &Outcome, status: &str) {
    let output = json!({ "saga_id": "s", "status": status });
    assert_eq!(outcome.end, End::Succeeded(output));
}

#[track_caller]
fn assert_failed(outcome: &Outcome, name: &str) {
    match &outcome.end {
        End::Failed(error) => assert_eq!(error.error, name),
        other => panic!("{other:?} is not a failure by {name}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_draw_is_reserved_drawn_and_granted() {
    let script = script([]);
    let outcome = execute(&gacha_saga(), &script).await;
    assert_succeeded(&outcome, "COMPLETED");
    assert_eq!(script.called(), ["reserve", "draw", "grant"]);
    assert_eq!(outcome.retry_count, 0);
    assert_seconds(outcome.duration, 0.0);
}

#[tokio::test(start_paused = true)]
async fn each_step_is_given_the_saga_id_and_nothing_else() {
    let script = script([
        ("reserve", vec![Reply::Answer(json!({ "status": "CURRENCY_RESERVED", "more": 1 }))]),
        ("grant", vec![Reply::Error("Internal")]),
    ]);
    execute(&gacha_saga(), &script).await;
    assert_eq!(script.called(), ["reserve", "draw", "grant", "refund"]);
    for call in script.calls() {
        assert_eq!(call.payload, json!({ "saga_id": "s" }), "{}", call.function);
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_of_a_step_leads_somewhere() {
    const ALL: [&str; 8] = [
        "STARTED",
        "CURRENCY_RESERVED",
        "DRAW_COMPLETED",
        "ITEM_GRANTED",
        "COMPLETED",
        "COMPENSATING",
        "CURRENCY_REFUNDED",
        "FAILED",
    ];
    for (step, onward, next) in [
        ("reserve", &["CURRENCY_RESERVED", "DRAW_COMPLETED"][..], Some("draw")),
        ("draw", &["DRAW_COMPLETED"], Some("grant")),
        ("grant", &[], None),
    ] {
        for answer in ALL {
            let script = script([(step, vec![status(answer)])]);
            let outcome = execute(&gacha_saga(), &script).await;
            let called = script.called();
            let after = called.iter().skip_while(|name| *name != step).nth(1).map(String::as_str);
            match answer {
                "COMPLETED" | "FAILED" => {
                    assert_eq!(after, None, "{step} answers {answer}");
                    assert_succeeded(&outcome, answer);
                }
                answer if onward.contains(&answer) => assert_eq!(after, next),
                answer => {
                    assert_eq!(after, Some("refund"), "{step} answers {answer}");
                    assert_failed(&outcome, "Compensated");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_status_is_refunded() {
    for answer in [json!({}), json!(null), json!("COMPLETED"), json!({ "status": 5 })] {
        for step in ["reserve", "draw", "grant"] {
            let script = script([(step, vec![Reply::Answer(answer.clone())])]);
            let outcome = execute(&gacha_saga(), &script).await;
            assert_failed(&outcome, "Compensated");
            assert_eq!(script.calls().last().unwrap().payload, json!({ "saga_id": "s" }));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_draw_is_an_outcome_and_no_error() {
    let script = script([("reserve", vec![status("FAILED")])]);
    let outcome = execute(&gacha_saga(), &script).await;
    assert_succeeded(&outcome, "FAILED");
    assert_eq!(script.called(), ["reserve"]);
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_three_times_again() {
    for error in [
        "TryLater",
        "Lambda.AWSLambdaException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.SdkClientException",
        "Lambda.ServiceException",
        "Lambda.TooManyRequestsException",
    ] {
        for (step, answer) in
            [("reserve", "CURRENCY_RESERVED"), ("draw", "DRAW_COMPLETED"), ("grant", "COMPLETED")]
        {
            let error = Reply::Error(error);
            let mut replies = vec![error.clone(), error.clone(), error.clone(), status(answer)];
            let script = script([(step, replies.clone())]);
            let outcome = execute(&gacha_saga(), &script).await;
            assert_succeeded(&outcome, "COMPLETED");
            assert_eq!(outcome.retry_count, 3);
            assert!(outcome.duration < Duration::from_millis(6_010), "{:?}", outcome.duration);

            replies.insert(0, error);
            let script = self::script([(step, replies)]);
            assert_failed(&execute(&gacha_saga(), &script).await, "Compensated");
            assert_eq!(script.times(step).len(), 4);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_refunded_at_once() {
    for error in ["Internal", "SagaNotFound", "SomethingNew"] {
        for (step, called) in [
            ("reserve", &["reserve", "refund"][..]),
            ("draw", &["reserve", "draw", "refund"]),
            ("grant", &["reserve", "draw", "grant", "refund"]),
        ] {
            let script = script([(step, vec![Reply::Error(error)])]);
            let outcome = execute(&gacha_saga(), &script).await;
            assert_failed(&outcome, "Compensated");
            assert_eq!(script.called(), called);
            assert_seconds(outcome.duration, 0.0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_comes_too_early_is_tried_once_more() {
    for step in ["draw", "grant"] {
        let script = script([(step, vec![Reply::Error("TooEarly")])]);
        assert_failed(&execute(&gacha_saga(), &script).await, "Compensated");
        assert_eq!(script.times(step).len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reserve_that_never_answers_is_refunded() {
    let script = script([("reserve", vec![Reply::Hang])]);
    let outcome = execute(&gacha_saga(), &script).await;
    assert_failed(&outcome, "Compensated");
    assert_eq!(script.called(), ["reserve", "reserve", "refund"]);
    assert!(script.times("refund")[0] >= Duration::from_secs(10));
    assert!(script.times("refund")[0] < Duration::from_millis(11_010));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_lost_is_made_again() {
    for lost in [
        Reply::Hang,
        Reply::Error("Lambda.Unknown"),
        Reply::Error("Runtime.ExitError"),
        Reply::Error("Sandbox.Timedout"),
    ] {
        let script = script([("grant", vec![lost, status("COMPLETED")])]);
        assert_succeeded(&execute(&gacha_saga(), &script).await, "COMPLETED");
        assert_eq!(script.times("grant").len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_worked_but_never_answered_is_found_complete_by_refund() {
    let script = script([("grant", vec![Reply::Hang]), ("refund", vec![status("COMPLETED")])]);
    let outcome = execute(&gacha_saga(), &script).await;
    assert_succeeded(&outcome, "COMPLETED");
    assert_eq!(script.called(), ["reserve", "draw", "grant", "grant", "refund"]);
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_tried_long_and_whatever_its_error() {
    let mut replies = vec![Reply::Error("TryLater"), Reply::Error("Internal"), Reply::Hang];
    replies.extend(vec![Reply::Error("Lambda.ServiceException"); 4]);
    replies.push(status("FAILED"));
    let script = script([("draw", vec![Reply::Error("Internal")]), ("refund", replies)]);
    let outcome = execute(&gacha_saga(), &script).await;
    assert_failed(&outcome, "Compensated");
    assert_eq!(outcome.retry_count, 7);
    let waits = script.times("refund").windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>();
    for (wait, longest) in waits.iter().zip([1, 2, 5 + 4, 8, 8, 8, 8]) {
        assert!(*wait <= Duration::from_secs(longest) + Duration::from_millis(10), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_cannot_finish_ends_under_its_own_error_or_by_the_clock() {
    let script = script([
        ("draw", vec![Reply::Error("Internal")]),
        ("refund", vec![Reply::Error("TryLater")]),
    ]);
    let outcome = execute(&gacha_saga(), &script).await;
    match &outcome.end {
        End::Failed(error) => {
            assert_eq!(error.error, "TryLater");
            assert_eq!(outcome.retry_count, 20);
        }
        End::TimedOut(_) => assert_seconds(outcome.duration, 150.0),
        End::Succeeded(output) => panic!("succeeded with {output}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_saga_that_does_not_exist_has_nothing_to_refund() {
    let script = script([
        ("reserve", vec![Reply::Error("SagaNotFound")]),
        ("refund", vec![Reply::Error("SagaNotFound")]),
    ]);
    let outcome = execute(&gacha_saga(), &script).await;
    assert_failed(&outcome, "SagaNotFound");
    assert_eq!(script.called(), ["reserve", "refund"]);
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_leaves_a_saga_unsettled_is_reported_as_such() {
    for answer in [json!({}), json!({ "status": "COMPENSATING" }), Value::Null] {
        let script = script([
            ("draw", vec![Reply::Error("Internal")]),
            ("refund", vec![Reply::Answer(answer)]),
        ]);
        assert_failed(&execute(&gacha_saga(), &script).await, "Unsettled");
    }
}

#[tokio::test(start_paused = true)]
async fn the_execution_ends_within_150_seconds_whatever_hangs() {
    let script = script([("grant", vec![Reply::Hang]), ("refund", vec![Reply::Hang])]);
    let outcome = execute(&gacha_saga(), &script).await;
    match &outcome.end {
        // Refund has used up its retries: waits are random, and were short.
        End::Failed(error) => assert_eq!(error.error, "States.Timeout"),
        End::TimedOut(_) => {}
        End::Succeeded(output) => panic!("succeeded with {output}"),
    }
    assert!(outcome.duration <= Duration::from_millis(150_010), "{:?}", outcome.duration);
    assert!(script.times("refund").len() > 10, "Refund was given up early");
}

#[tokio::test(start_paused = true)]
async fn however_slow_the_steps_are_there_is_time_for_a_refund() {
    let machine = gacha_saga();
    // Jitter is random, so the worst case is tried often.
    for _ in 0..50 {
        let slowly = |last: Reply| {
            let late = |reply| Reply::after(4.99, reply);
            let mut replies = vec![Reply::Hang, late(Reply::Error("TooEarly"))];
            replies.extend((0..3).map(|_| late(Reply::Error("TryLater"))));
            replies.push(late(last));
            replies
        };
        let mut reserve = slowly(status("CURRENCY_RESERVED"));
        reserve.remove(1); // Nothing comes before Reserve.
        let script = script([
            ("reserve", reserve),
            ("draw", slowly(status("DRAW_COMPLETED"))),
            ("grant", slowly(Reply::Error("Internal"))),
            ("refund", vec![Reply::after(4.99, status("FAILED"))]),
        ]);
        let outcome = execute(&machine, &script).await;
        assert_failed(&outcome, "Compensated");
        assert!(script.times("refund")[0] < LATEST_REFUND, "{:?}", script.times("refund"));
    }
}
