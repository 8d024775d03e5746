//! What a caller of a function gets.

use std::time::{Duration, Instant, SystemTime};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{NAME, Service};

#[tokio::test]
async fn a_function_is_asked_and_its_answer_comes_back() {
    let service = Service::start(json!({}), &[]);
    let answer = service.invoke(json!({ "saga_id": "天井" })).await;
    assert_eq!((answer.status, answer.failed), (StatusCode::OK, false));
    assert_eq!(answer.body["event"], json!({ "saga_id": "天井" }));
    assert_eq!(service.log(), "started\n");
}

#[tokio::test]
async fn a_function_is_told_who_it_is_and_how_long_it_has() {
    let service = Service::start(json!({ "timeout_ms": 7_000 }), &[]);
    let context = service.invoke(json!({ "do": "context" })).await.body;
    #[expect(clippy::disallowed_methods, reason = "a deadline is a time of the real clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let left = context["deadline_ms"].as_u64().unwrap() - u64::try_from(now.as_millis()).unwrap();
    assert!((5_000..=7_000).contains(&left), "{left}");
    assert_eq!(context["name"], NAME);
    assert_eq!(context["arn"], format!("arn:aws:lambda:us-east-1:000000000000:function:{NAME}"));
    assert!(context["trace"].as_str().unwrap().starts_with("Root=1-"));
    assert_eq!(context["id"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_function_is_found_by_its_names_and_its_arn() {
    let service = Service::start(json!({ "function_name": "tenjo-local-scripted" }), &[]);
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:tenjo-local-scripted:live";
    for (name, status) in [
        ("scripted", StatusCode::OK),
        ("tenjo-local-scripted", StatusCode::OK),
        ("tenjo-local-scripted:live", StatusCode::OK),
        ("scripted:%24LATEST", StatusCode::OK),
        (arn, StatusCode::OK),
        (&arn.replace(':', "%3A"), StatusCode::OK),
        ("tenjo-local-scripted:old", StatusCode::NOT_FOUND),
        ("other", StatusCode::NOT_FOUND),
    ] {
        let url = service.url(&format!("/2015-03-31/functions/{name}/invocations"));
        let answer = service.client().post(url).send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
    }
}

#[tokio::test]
async fn a_function_that_fails_says_how_and_goes_on() {
    let service = Service::start(json!({}), &[]);
    let pid = service.pid(json!({})).await;
    let answer = service.invoke(json!({ "do": "fail" })).await;
    assert_eq!((answer.status, answer.failed), (StatusCode::OK, true));
    assert_eq!(answer.body, json!({ "errorType": "Refused", "errorMessage": "it was told to" }));

    let answer = service.invoke(json!({ "do": "panic" })).await;
    assert!(answer.failed);
    assert_eq!(service.pid(json!({})).await, pid);
}

#[tokio::test]
async fn a_process_that_ends_in_the_middle_is_answered_for_in_the_words_of_aws() {
    let service = Service::start(json!({}), &[]);
    for (what, words) in [("abort", "signal: aborted"), ("exit", "exit status 3")] {
        let began = Instant::now();
        let answer = service.invoke(json!({ "do": what })).await;
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!((answer.status, answer.failed), (StatusCode::OK, true));
        assert_eq!(answer.body["errorType"], "Runtime.ExitError");
        let message = answer.body["errorMessage"].as_str().unwrap();
        assert!(message.starts_with("RequestId: "), "{message}");
        assert!(message.ends_with(&format!(" Error: Runtime exited with error: {words}")));
    }
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed_and_answered_for() {
    let service = Service::start(json!({ "timeout_ms": 300 }), &[]);
    let pid = service.pid(json!({})).await;
    let began = Instant::now();
    let answer = service.invoke(json!({ "sleep_ms": 60_000 })).await;
    assert!((300..2_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!((answer.status, answer.failed), (StatusCode::OK, true));
    assert_eq!(answer.body["errorType"], "Sandbox.Timedout");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.ends_with(" Error: Task timed out after 0.30 seconds"), "{message}");
    assert_ne!(service.pid(json!({})).await, pid);
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_a_request_but_no_larger() {
    let service = Service::start(json!({}), &[]);
    let answer = service.invoke(json!({ "do": "grow" })).await;
    assert!(answer.failed);
    assert_eq!(answer.body["errorType"], "Function.ResponseSizeTooLarge");

    let answer = service.invoke(json!({ "text": "x".repeat(5_000_000) })).await;
    assert_eq!(answer.body["event"]["text"].as_str().unwrap().len(), 5_000_000);

    let answer = service.invoke(json!({ "text": "x".repeat(7_000_000) })).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn what_is_no_call_of_a_function_is_refused() {
    let service = Service::start(json!({}), &[]);
    let invocations = format!("/2015-03-31/functions/{NAME}/invocations");
    let post = |path: &str, kind: &str, body: &'static str| {
        let request = service.client().post(service.url(path));
        request.header("x-amz-invocation-type", kind).body(body).send()
    };
    let unknown = "/2015-03-31/functions/nobody/invocations";
    for (path, kind, body, status, error_type) in [
        (unknown, "RequestResponse", "{}", 404, "ResourceNotFoundException"),
        ("/lambda-url/nobody/", "", "", 404, "ResourceNotFoundException"),
        (&invocations, "RequestResponse", "{", 400, "InvalidRequestContentException"),
        (&invocations, "Event", "{}", 400, "InvalidParameterValueException"),
        ("/faults", "", "{}", 404, "UnknownOperationException"),
        ("/2015-03-31/functions", "", "{}", 404, "UnknownOperationException"),
    ] {
        let response = post(path, kind, body).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["x-amzn-errortype"], error_type, "{path}");
    }
    let response = post(&invocations, "RequestResponse", "").await.unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["event"], json!({}), "no event is an empty one");
}
